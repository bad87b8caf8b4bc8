import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { route } from '../topology.ts'
import { httpApiEvent } from './http-api-event.ts'

/** What API Gateway takes at most: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const maxBodyBytes = 10 * 1024 * 1024

/** What is asked for below `/console`. */
const ofConsole = /^\/console(?:[/?]|$)/

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/**
 * The HTTP API in front of the receiver, which `invoke` runs; `GET /health`; and the console, where there is one. Start it once
 * all else is ready.
 */
export function httpFront(invoke: (event: unknown) => Promise<unknown>, consoleAnswer?: Answer): Server {
  return createServer((request, response) => {
    const answered =
      consoleAnswer && ofConsole.test(request.url ?? '')
        ? consoleAnswer(request, response)
        : answer(request, response, invoke)
    // A client that goes away in the middle of its request hears nothing.
    answered.catch(() => response.destroy())
  })
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  invoke: (event: unknown) => Promise<unknown>,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://127.0.0.1').pathname
  if (request.method === 'GET' && path === '/health') return send(response, 200, '{"status":"ready"}')
  if (request.method !== route.method || path !== route.path)
    return send(response, 404, '{"message":"Not Found"}')
  const bytes = await bodyWithin(request, maxBodyBytes)
  if (!bytes) {
    response.setHeader('connection', 'close')
    return send(response, 413, '{"message":"Request Entity Too Large"}')
  }
  await invokeAndAnswer(invoke, httpApiEvent(request, bytes, new Date()), response)
}

/** Why an invocation failed is logged where it fails; the sender gets what API Gateway would answer. */
async function invokeAndAnswer(
  invoke: (event: unknown) => Promise<unknown>,
  event: unknown,
  response: ServerResponse,
): Promise<void> {
  let result: APIGatewayProxyStructuredResultV2
  try {
    result = (await invoke(event)) as APIGatewayProxyStructuredResultV2
  } catch {
    return send(response, 500, '{"message":"Internal Server Error"}')
  }
  for (const [name, value] of Object.entries(result.headers ?? {})) response.setHeader(name, String(value))
  const body = Buffer.from(result.body ?? '', result.isBase64Encoded ? 'base64' : 'utf8')
  response.writeHead(result.statusCode ?? 200).end(body)
}

async function bodyWithin(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= maxBytes) chunks.push(chunk)
  }
  return size <= maxBytes ? Buffer.concat(chunks) : undefined
}

function send(response: ServerResponse, status: number, json: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(json)
}

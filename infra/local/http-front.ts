import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { guarded } from '../http/guard.ts'
import { requestTarget } from '../http/request-target.ts'
import { route } from '../settings/topology.ts'
import { maxEventBytes } from './aws-endpoints/lambda-calls.ts'
import { httpApiEvent } from './http-api-event.ts'

/** What API Gateway takes at most: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const maxBodyBytes = 10 * 1024 * 1024
const maxHeaderBytes = 10_240

/** What is asked for below `/console`. */
const ofConsole = /^\/console(?:[/?]|$)/

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/**
 * The HTTP API in front of the receiver, which `invoke` runs; `GET /health`, which says which run this is; and the console, where
 * there is one. The callback is open to everybody, as deployed; the rest, to this machine. Start it once all else is ready.
 */
export function httpFront(
  invoke: (event: unknown) => Promise<unknown>,
  runId: string,
  consoleAnswer?: Answer,
): Server {
  const server = createServer((request, response) => {
    const answered =
      consoleAnswer && isForConsole(request)
        ? consoleAnswer(request, response)
        : answer(request, response, { invoke, runId })
    // A client that goes away in the middle of its request hears nothing.
    answered.catch(() => response.destroy())
  })
  return guarded(server, { maxBodyBytes, hasPage: true, isOpen: isDelivery })
}

function isForConsole({ url = '' }: IncomingMessage): boolean {
  return ofConsole.test(url)
}

/** What leads out of the console by dots does not: the console would answer it, without the guard. */
function isDelivery(request: IncomingMessage): boolean {
  return (
    request.method === route.method &&
    requestTarget(request).pathname === route.path &&
    !isForConsole(request)
  )
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { invoke, runId }: { invoke(event: unknown): Promise<unknown>; runId: string },
): Promise<void> {
  if (request.method === 'GET' && requestTarget(request).pathname === '/health')
    return send(response, 200, JSON.stringify({ status: 'ready', run: runId }))
  if (!isDelivery(request)) return send(response, 404, '{"message":"Not Found"}')
  if (headerBytes(request) > maxHeaderBytes)
    return send(response, 431, '{"message":"Request Header Fields Too Large"}')
  const event = httpApiEvent(request, await buffer(request), new Date())
  if (Buffer.byteLength(JSON.stringify(event)) > maxEventBytes)
    return send(response, 413, '{"message":"Request Entity Too Large"}')
  await invokeAndAnswer(invoke, event, response)
}

/** What API Gateway counts: the request line, and the values of headers. */
function headerBytes({ method, url, httpVersion, rawHeaders }: IncomingMessage): number {
  const values = rawHeaders.filter((_, index) => index % 2 === 1)
  return [`${method} ${url} HTTP/${httpVersion}`, ...values].reduce((sum, { length }) => sum + length, 0)
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

function send(response: ServerResponse, status: number, json: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(json)
}

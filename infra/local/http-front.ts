import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { guarded } from '../http/guard.ts'
import { requestTarget } from '../http/request-target.ts'
import { route, routeKey } from '../settings/topology.ts'
import { maxEventBytes } from './aws-endpoints/lambda-endpoint.ts'

/** API Gateway takes no more: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const maxBodyBytes = 10 * 1024 * 1024
const maxHeaderBytes = 10_240

/** These targets belong to the console. */
const ofConsole = /^\/console(?:[/?]|$)/

type Answer = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/**
 * Serves the HTTP API in front of the receiver, which `invoke` runs; `GET /health`, which says which run this is; and the
 * console, where there is one. The callback is open to everybody, as it is when deployed, and the rest is open to this machine
 * only. Start it last.
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
    // A client that goes away in the middle of its request gets no answer.
    answered.catch(() => response.destroy())
  })
  return guarded(server, { maxBodyBytes, hasPage: true, isOpen: isDelivery })
}

function isForConsole({ url = '' }: IncomingMessage): boolean {
  return ofConsole.test(url)
}

/** A target that leads out of the console by dots is no delivery: the console would answer it, without the guard. */
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
  if (isTooLargeForLambda(event)) return send(response, 413, '{"message":"Request Entity Too Large"}')
  await invokeAndAnswer(invoke, event, response)
}

/**
 * The gateway takes 10 MB, but hands the body on inside of a JSON document, in which each quote and each line break takes two
 * bytes, and base64 four for three. Lambda refuses a document of more than 6 MB, no code of ours runs, and the sender gets 413
 * (AWS documents both limits, and not this answer; it was seen at a REST API:
 * https://github.com/koki-develop/lgtm-generator/issues/10).
 */
function isTooLargeForLambda(event: APIGatewayProxyEventV2): boolean {
  return Buffer.byteLength(JSON.stringify(event)) > maxEventBytes
}

/** API Gateway counts the request line and the values of headers. */
function headerBytes({ method, url, httpVersion, rawHeaders }: IncomingMessage): number {
  const values = rawHeaders.filter((_, index) => index % 2 === 1)
  return [`${method} ${url} HTTP/${httpVersion}`, ...values].reduce((sum, { length }) => sum + length, 0)
}

/**
 * Answers with the result. The sender of an invocation that fails gets what API Gateway would answer; its log says why it
 * failed.
 */
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

/** API Gateway passes on bodies of these content types as text, and all others in base64. */
const textTypes = /^(text\/.+|application\/(json|javascript|xml|.+\+(json|xml)))$/i

/**
 * Makes the event that API Gateway's HTTP API hands to a Lambda: payload format 2.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
function httpApiEvent(request: IncomingMessage, bytes: Buffer, now: Date): APIGatewayProxyEventV2 {
  const { pathname, query } = requestTarget(request)
  const headers = headersOf(request)
  return {
    version: '2.0',
    routeKey,
    rawPath: pathname,
    rawQueryString: query,
    headers,
    ...bodyOf(bytes, headers['content-type']),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: headers.host ?? '127.0.0.1',
      domainPrefix: 'local',
      http: {
        method: request.method ?? '',
        path: pathname,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
  }
}

/** The names are in lower case, and several values of a name are joined by commas. */
function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values]) => [name, values?.join(',') ?? '']),
  )
}

/** Bytes that are not UTF-8 go in base64, whatever their content type says: as text they would be lost. */
function bodyOf(bytes: Buffer, contentType = ''): { body?: string; isBase64Encoded: boolean } {
  if (bytes.length === 0) return { isBase64Encoded: false }
  const [mediaType = ''] = contentType.split(';')
  const text = textTypes.test(mediaType.trim()) ? textOf(bytes) : undefined
  if (text !== undefined) return { body: text, isBase64Encoded: false }
  return { body: bytes.toString('base64'), isBase64Encoded: true }
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

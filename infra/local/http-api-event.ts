import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { requestTarget } from '../http/request-target.ts'
import { routeKey } from '../settings/topology.ts'

/** Content types whose bodies API Gateway passes on as text; all others go base64. */
const textTypes = /^(text\/.+|application\/(json|javascript|xml|.+\+(json|xml)))$/i

/**
 * A request as API Gateway's HTTP API hands it to a Lambda: payload format 2.0.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function httpApiEvent(request: IncomingMessage, bytes: Buffer, now: Date): APIGatewayProxyEventV2 {
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

/** Lower-case names; several values of a name are joined by commas. */
function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headersDistinct).map(([name, values]) => [name, values?.join(',') ?? '']),
  )
}

/** Bytes that are not UTF-8 go base64 whatever their content type says: as text they would be lost. */
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

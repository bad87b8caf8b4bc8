import type { MiddlewareObj } from '@middy/core'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import type { Received } from './receive-delivery.ts'

/** One HTTP POST, as Smokeball made it. */
export interface HttpDelivery {
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>
  bytes: Buffer
  receivedEpochMs: number
  /** Fires when the sender must have its answer. */
  signal: AbortSignal
}

/** Below the ten seconds that Smokeball waits and the function's own limit of eight. */
const answerWithinMs = 7_000

const answers: Record<Received['outcome'], { status: number; message: string }> = {
  accepted: { status: 200, message: 'Accepted' },
  quarantined: { status: 200, message: 'Accepted' },
  refused: { status: 401, message: 'Unauthorized' },
  'too-large': { status: 413, message: 'Payload Too Large' },
  unavailable: { status: 503, message: 'Service Unavailable' },
}

/** Turns an HTTP API event (payload format 2.0) into an `HttpDelivery`, and what became of it into the answer. */
export function httpDelivery({
  now,
}: {
  now(): number
}): MiddlewareObj<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Error, Context> {
  const httpDeliveryBefore: MiddlewareObj<APIGatewayProxyEventV2>['before'] = (request) => {
    // Whatever else invokes the function gets an answer, too: what is no text is no header, and no body.
    const { headers, body, isBase64Encoded } = Object(request.event) as Record<string, unknown>
    const withinMs = Math.min(answerWithinMs, request.context.getRemainingTimeInMillis() - 500)
    const delivery: HttpDelivery = {
      headers: Object.fromEntries(
        Object.entries(Object(headers)).map(([name, value]) => [name.toLowerCase(), asText(value)]),
      ),
      bytes: Buffer.from(asText(body) ?? '', isBase64Encoded ? 'base64' : 'utf8'),
      receivedEpochMs: now(),
      signal: AbortSignal.timeout(Math.max(0, Math.floor(withinMs))),
    }
    request.event = delivery as unknown as APIGatewayProxyEventV2
  }
  const httpDeliveryAfter: MiddlewareObj['after'] = (request) => {
    request.response = answerTo((request.response as Received).outcome)
  }
  return { before: httpDeliveryBefore, after: httpDeliveryAfter }
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** Says nothing of why: the log does. */
function answerTo(outcome: Received['outcome']): APIGatewayProxyStructuredResultV2 {
  const { status, message } = answers[outcome]
  return {
    statusCode: status,
    headers: { 'content-type': 'application/json', ...(status === 503 && { 'retry-after': '5' }) },
    body: `{"message":"${message}"}`,
  }
}

import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { answers, type DeliveryOutcome } from '../../shared/event/outcomes.ts'
import { receiverHeader } from '../../shared/runtime/receiver-id.ts'
import type { HttpDelivery } from './verify-delivery.ts'

/** Below the ten seconds that Smokeball waits and the function's own limit of eight. */
const answerWithinMs = 7_000
/** What is left of the function's time for the answer. */
const marginMs = 500

/**
 * The delivery in an HTTP API event (payload format 2.0). Whatever else invokes the function gets an answer, too: what is no
 * text is no header, and no body.
 */
export function readDelivery(
  event: APIGatewayProxyEventV2,
  { now, remainingMs }: { now(): number; remainingMs: number },
): HttpDelivery {
  const { headers, body, isBase64Encoded } = Object(event) as Record<string, unknown>
  const receivedEpochMs = now()
  const withinMs = Math.max(0, Math.floor(Math.min(answerWithinMs, remainingMs - marginMs)))
  const answerByEpochMs = receivedEpochMs + withinMs
  let bytes: Buffer | undefined
  let signal: AbortSignal | undefined
  return {
    headers: byLowerCaseName(Object(headers)),
    get bytes() {
      bytes ??= Buffer.from(asText(body) ?? '', isBase64Encoded ? 'base64' : 'utf8')
      return bytes
    },
    receivedEpochMs,
    answerByEpochMs,
    get signal() {
      signal ??= AbortSignal.timeout(Math.max(0, answerByEpochMs - now()))
      return signal
    },
  }
}

function byLowerCaseName(headers: object): HttpDelivery['headers'] {
  const found: Record<string, string | undefined> = {}
  for (const [name, value] of Object.entries(headers)) found[name.toLowerCase()] = asText(value)
  return found
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/**
 * Says nothing of why: the log does. A refusal names its receiver, so that a deployment knows whether a domain leads to its own.
 */
export function answerTo(
  outcome: DeliveryOutcome,
  { receiverId }: { receiverId: string },
): APIGatewayProxyStructuredResultV2 {
  const [status, message] = answers[outcome]
  return {
    statusCode: status,
    headers: {
      'content-type': 'application/json',
      ...(status === 503 && { 'retry-after': '5' }),
      ...(outcome === 'refused' && { [receiverHeader]: receiverId }),
    },
    body: `{"message":"${message}"}`,
  }
}

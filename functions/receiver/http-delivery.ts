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
  { receivedEpochMs, remainingMs }: { receivedEpochMs: number; remainingMs: number },
): HttpDelivery {
  const { headers, body, isBase64Encoded } = Object(event) as Record<string, unknown>
  const withinMs = Math.max(0, Math.floor(Math.min(answerWithinMs, remainingMs - marginMs)))
  return {
    headers: Object.fromEntries(
      Object.entries(Object(headers)).map(([name, value]) => [name.toLowerCase(), asText(value)]),
    ),
    bytes: Buffer.from(asText(body) ?? '', isBase64Encoded ? 'base64' : 'utf8'),
    receivedEpochMs,
    answerByEpochMs: receivedEpochMs + withinMs,
    signal: AbortSignal.timeout(withinMs),
  }
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

import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import { canonicalLine, type LineFields, lineIds } from '../../shared/runtime/canonical-line.ts'
import type { Log } from '../../shared/runtime/json-log.ts'
import { answerTo, readDelivery } from './http-delivery.ts'
import { type ReceiveDeps, type Received, receiveDelivery } from './receive-delivery.ts'

export interface ReceiverDeps extends ReceiveDeps {
  /** `receiverId` makes it of the queue's URL. */
  receiverId: string
  log: Log
  /** Milliseconds since 1970. */
  now(): number
  /** Text of an error. */
  describe(thrown: unknown): string
}

export type Receiver = (
  event: APIGatewayProxyEventV2,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<APIGatewayProxyStructuredResultV2>

/**
 * The receiver Lambda: one HTTP request is one delivery, which has one line in the log, and one more when something is wrong
 * on our side. Bodies, keys and signatures are never logged.
 */
export function createReceiver(deps: ReceiverDeps): Receiver {
  return async function receiver(event, context) {
    const request = readDelivery(event, { now: deps.now, remainingMs: context.getRemainingTimeInMillis() })
    const received = await receiveDelivery(deps, request)
    if (received.outcome === 'unavailable')
      deps.log('error', { failure: 'receiver', error: deps.describe(received.cause) })
    deps.log('info', deliveryLine(received, request.receivedEpochMs, deps.now() - request.receivedEpochMs))
    return answerTo(received.outcome, deps)
  }
}

/** What the log says of a delivery. */
export function deliveryLine(received: Received, receivedEpochMs: number, ms: number): LineFields {
  const { outcome } = received
  if (!('envelope' in received)) return canonicalLine({ delivery: outcome, why: received.why, ms })
  const { envelope, keyFingerprint } = received
  const { resource, id } = lineIds({ ...envelope, receivedEpochMs })
  return canonicalLine({
    delivery: outcome,
    type: envelope.type,
    resource,
    event: id,
    ms,
    key: keyFingerprint,
  })
}

import type { MiddlewareObj } from '@middy/core'
import type { Log } from '../../shared/handling/run-handlers.ts'
import { canonicalLine, type LineFields, lineIds } from '../../shared/runtime/canonical-line.ts'
import type { HttpDelivery } from './http-delivery.ts'
import type { Received } from './receive-delivery.ts'

export interface DeliveryLogDeps {
  log: Log
  now(): number
  /** Text of an error. */
  describe(thrown: unknown): string
}

/** Writes one line a delivery, and one more when something is wrong on our side. Bodies, keys and signatures never. */
export function deliveryLog({ log, now, describe }: DeliveryLogDeps): MiddlewareObj {
  const deliveryLogAfter: MiddlewareObj['after'] = (request) => {
    const received = request.response as Received
    const { receivedEpochMs } = request.event as HttpDelivery
    if (received.outcome === 'unavailable')
      log('error', { failure: 'receiver', error: describe(received.cause) })
    log('info', deliveryLine(received, receivedEpochMs, now() - receivedEpochMs))
  }
  return { after: deliveryLogAfter }
}

function deliveryLine(received: Received, receivedEpochMs: number, ms: number): LineFields {
  const { outcome } = received
  if (outcome === 'accepted') {
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
  const why = outcome === 'too-large' ? undefined : received.why
  return canonicalLine({ delivery: outcome, why, ms })
}

import { isUtf8 } from 'node:buffer'
import { type Envelope, NotANotification, readEnvelope } from '../../shared/event/envelope.ts'
import type { MakeRoom } from '../../shared/event/make-room.ts'
import { ticksToEpochMs } from '../../shared/event/ticks.ts'
import { packMessage } from '../../shared/queue/message.ts'
import { SecretUnavailable } from '../../shared/signing/webhook-secret.ts'
import type { DeliveryQueues } from './delivery-queues.ts'
import type { HttpDelivery } from './http-delivery.ts'
import { RefusedDelivery, type VerifiedDelivery, type VerifyDeps, verifyDelivery } from './verify-delivery.ts'

export interface ReceiveDeps extends VerifyDeps {
  queues: DeliveryQueues
  /** @default nothing is done */
  makeRoom?: MakeRoom
}

/** What became of a delivery; the answer follows from it. */
export type Received =
  | { outcome: 'accepted'; envelope: Envelope; keyFingerprint: string }
  | { outcome: 'quarantined'; why: string; keyFingerprint: string }
  | { outcome: 'refused'; why: RefusedDelivery['reason'] }
  | { outcome: 'too-large' }
  | { outcome: 'unavailable'; why: string; cause: unknown }

/**
 * How far an event may lie after the `Timestamp` that Smokeball signed: it happens before it is told of, and Smokeball stamps
 * both, so that only the clocks of its machines can put it after. Not `toleranceMs`, which is for how long a delivery is under
 * way, and which an operator may widen to a day: the body is not signed, and an event that is ahead supersedes a resource's
 * real ones for as long as it is ahead.
 */
const latestAheadMs = 10_000

/**
 * One delivery, from Smokeball to the queue: verify it, see what it tells, hand it on. Whatever is signed is accepted:
 * what is no notification, or claims to be from the future, goes to the dead-letter queue with its reason. Never says
 * `accepted` or `quarantined` before a queue has it; does not throw.
 */
export async function receiveDelivery(deps: ReceiveDeps, request: HttpDelivery): Promise<Received> {
  try {
    const delivery = await verifyDelivery(deps, request)
    const { keyFingerprint } = delivery
    const text = isUtf8(delivery.bytes) ? delivery.bytes.toString('utf8') : undefined
    deps.makeRoom?.(delivery.bytes.length)
    const read = readNotification(delivery, text)
    const message = packMessage(delivery.bytes, delivery, 'quarantine' in read ? undefined : text)
    if (!message) return { outcome: 'too-large' }

    if ('quarantine' in read) {
      await deps.queues.quarantine(delivery, message, read.quarantine, request.signal)
      return { outcome: 'quarantined', why: read.quarantine, keyFingerprint }
    }
    await deps.queues.enqueue(delivery, message, read, request.signal)
    return { outcome: 'accepted', envelope: read, keyFingerprint }
  } catch (error) {
    if (error instanceof RefusedDelivery) return { outcome: 'refused', why: error.reason }
    const why = error instanceof SecretUnavailable ? 'secret' : 'queue'
    return { outcome: 'unavailable', why, cause: error }
  }
}

function readNotification(
  { sentTicks }: VerifiedDelivery,
  text: string | undefined,
): Envelope | { quarantine: string } {
  try {
    if (text === undefined) throw new NotANotification('not UTF-8')
    const envelope = readEnvelope(text)
    const isAhead = ticksToEpochMs(envelope.ticks) - ticksToEpochMs(sentTicks) > latestAheadMs
    return isAhead ? { quarantine: 'its timestamp lies after its delivery' } : envelope
  } catch (error) {
    if (error instanceof NotANotification) return { quarantine: error.message }
    throw error
  }
}

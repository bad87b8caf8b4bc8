import { isUtf8 } from 'node:buffer'
import { type Envelope, importSource, NotANotification, readEnvelope } from '../../shared/event/envelope.ts'
import type { MakeRoom } from '../../shared/event/make-room.ts'
import type { RefusalReason, UnavailableReason } from '../../shared/event/outcomes.ts'
import { ticksToEpochMs } from '../../shared/event/ticks.ts'
import { SecretUnavailable } from '../../shared/signing/webhook-secret.ts'
import { type DeliveryQueues, type Notification, NotTaken, type Taker } from './delivery-queues.ts'
import { RefusedDelivery } from './refusal.ts'
import {
  type HttpDelivery,
  type VerifiedDelivery,
  type VerifyDeps,
  verifyDelivery,
} from './verify-delivery.ts'

export interface ReceiveDeps extends VerifyDeps {
  queues: DeliveryQueues
  /** @default nothing is done */
  makeRoom?: MakeRoom
}

/** What became of a delivery; the answer follows from it. */
export type Received =
  | { outcome: 'accepted' | 'put-aside'; envelope: Envelope; keyFingerprint: string }
  | { outcome: 'quarantined' | 'put-aside'; why: string; keyFingerprint: string }
  | { outcome: 'refused'; why: RefusalReason }
  | { outcome: 'unavailable'; why: UnavailableReason; cause: unknown }

/**
 * How far an event may lie after the `Timestamp` that Smokeball signed: it happens before it is told of, and Smokeball stamps
 * both, so that only the clocks of its machines can put it after. Not `toleranceMs`, which is for how long a delivery is under
 * way, and which an operator may widen to a day: the body is not signed, and an event that is ahead supersedes a resource's
 * real ones for as long as it is ahead.
 */
const latestAheadMs = 10_000

/**
 * One delivery, from Smokeball to the queue: verify it, see what it tells, hand it on. Whatever is signed is accepted:
 * what is no notification, or claims to be from the future, goes to the dead-letter queue with its reason; what its queue does
 * not take is put aside in the event table. Never says so before queue or table has it; does not throw.
 */
export async function receiveDelivery(deps: ReceiveDeps, request: HttpDelivery): Promise<Received> {
  try {
    const delivery = await verifyDelivery(deps, request)
    const { keyFingerprint } = delivery
    deps.makeRoom?.(delivery.bytes.length)
    const read = readNotification(delivery)
    if ('quarantine' in read) {
      const taker = await deps.queues.quarantine(delivery, read.quarantine, request)
      return { outcome: outcomeBy(taker, 'quarantined'), why: read.quarantine, keyFingerprint }
    }
    const taker = await deps.queues.enqueue(delivery, read, request)
    return { outcome: outcomeBy(taker, 'accepted'), envelope: read.envelope, keyFingerprint }
  } catch (error) {
    return whatFailed(error)
  }
}

function whatFailed(error: unknown): Received {
  if (error instanceof RefusedDelivery) return { outcome: 'refused', why: error.reason }
  return { outcome: 'unavailable', why: whyUnavailable(error), cause: error }
}

function outcomeBy<O extends 'accepted' | 'quarantined'>(taker: Taker, outcome: O): O | 'put-aside' {
  return taker === 'table' ? 'put-aside' : outcome
}

function whyUnavailable(error: unknown): UnavailableReason {
  if (error instanceof SecretUnavailable) return 'secret'
  return error instanceof NotTaken ? 'queue' : 'fault'
}

function readNotification({ bytes, sentTicks }: VerifiedDelivery): Notification | { quarantine: string } {
  try {
    if (!isUtf8(bytes)) throw new NotANotification('not UTF-8')
    const text = bytes.toString('utf8')
    const envelope = readEnvelope(text)
    // The body is not signed: whoever has seen one signed delivery could make this one up.
    if (envelope.recovered || envelope.source === importSource)
      return { quarantine: 'it says that catch-up or an import made it, which no delivery does' }
    const isAhead = ticksToEpochMs(envelope.ticks) - ticksToEpochMs(sentTicks) > latestAheadMs
    return isAhead ? { quarantine: 'its timestamp lies after its delivery' } : { envelope, text }
  } catch (error) {
    if (error instanceof NotANotification) return { quarantine: error.message }
    throw error
  }
}

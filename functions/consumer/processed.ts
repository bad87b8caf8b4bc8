import { type EventKey, readResourceKey } from '../../shared/event/event-identity.ts'
import type { EventOutcome } from '../../shared/event/outcomes.ts'
import type { Claim, HeldClaim } from '../../shared/ledger/ledger.ts'
import type { Opened } from './open-message.ts'

/** What became of a message. With `retryAtEpochMs`, it stays in the queue until then; without, it is done. */
export interface Processed {
  outcome: Exclude<EventOutcome, 'error'>
  retryAtEpochMs?: number
  /** For an event that failed, the failures of the handler that has failed most; for others, the runs of the event. */
  attempt?: number
  /** The first claim of an event that catch-up found. */
  recovered?: true
  /** The id of the replay, if it is one. The outcome is then that of the handlers that it was for. */
  replay?: string
  /** Undefined: the message cannot be read. */
  event?: ProcessedEvent
}

/** Which event a line is about. */
export interface ProcessedEvent {
  /** Undefined: only its record would tell. */
  type: string | undefined
  accountId: string
  resource: { id: string }
  eventId: string
  receivedEpochMs: number
}

export function processedEvent({ envelope, note }: Opened): ProcessedEvent {
  const { type, accountId, resource, eventId } = envelope
  return { type, accountId, resource, eventId, receivedEpochMs: note.receivedEpochMs }
}

/** The record of a delayed message's event is not there any more. */
export function expired(key: EventKey): Processed {
  return { outcome: 'expired', event: eventOfKey(key) }
}

/** A delayed message of an event that is finished, and whose body is not kept any more. */
export function finished(key: EventKey): Processed {
  return { outcome: 'duplicate', event: eventOfKey(key) }
}

/** Its account was purged: nothing of it is recorded, and its line tells no more than which event it was. */
export function purged(key: EventKey): Processed {
  return { outcome: 'purged', event: eventOfKey(key) }
}

function eventOfKey({ resourceKey, eventId }: EventKey): ProcessedEvent {
  const { accountId, id } = readResourceKey(resourceKey)
  return { type: undefined, accountId, resource: { id }, eventId, receivedEpochMs: 0 }
}

/** The event is not for this worker: it is done, it waits for another message, or somebody else holds it. */
export function notHeld(claim: Exclude<Claim, HeldClaim>, opened: Opened): Processed {
  const event = processedEvent(opened)
  return claim.kind === 'busy'
    ? { outcome: 'busy', retryAtEpochMs: claim.untilEpochMs, event }
    : { outcome: claim.kind, event }
}

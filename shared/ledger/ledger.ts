import type { EventKey } from '../event/event-identity.ts'
import type { Stamp } from '../event/stamps.ts'
import type { Ticks } from '../event/ticks.ts'
import type { EarlierRun, EventRecord } from './event-record.ts'
import type { WritesByHandler } from './ledger-item.ts'
import type { Origin, SeenActions } from './ledger-slots.ts'
import type { StoredEvent } from './read-event.ts'

export interface ClaimRequest {
  resourceKey: string
  type: string
  origin: Origin
  /** The only handler that it is for. Then it says nothing of its action to any other. */
  importedFor?: string | undefined
  ticks: Ticks
  eventId: string
  /** What the payload says of the resource's last change. */
  stamp?: Stamp | undefined
  /** The fence of the claim that dead-lettered a redriven message. It opens the event again if none did so later. */
  redrivenFence: number | undefined
  /** The id of a replay: it opens an event that is finished, unless this replay is recorded there. */
  replayId: string | undefined
  /** The token of a delayed message: it opens the event if it is the recorded one. */
  laterToken: string | undefined
  /**
   * `newest`: nearly every event, which is new. `known`: one that was seen before (a retry, a replay), so that its record decides.
   * `recovered`: one that catch-up found, which is new only if no state as new was seen by now. `apart`: one whose origin is not
   * known, which is not entered in the ledger.
   */
  as: 'newest' | 'known' | 'recovered' | 'apart'
  /** The record of a retry's event, as it was read, when it is entered only now. */
  recorded?: EarlierRun | undefined
  /** Until when this worker may hold the event. */
  leaseUntilEpochMs: number
  signal: AbortSignal
}

/** This worker has the event. */
export interface HeldClaim {
  kind: 'first' | 'retry' | 'late' | 'crashed'
  previous: EarlierRun | undefined
  /** Higher than that of every earlier claim on the resource. */
  fence: number
  /** The newest ticks of each action of the resource, as they were before this claim, or with it. */
  seen: SeenActions
  /** The API writes of each handler while it handled events of the resource. */
  writes: WritesByHandler
}

/**
 * `first`: never claimed before (or a tie: other event, same ticks). `retry`: it failed, or its worker died.
 * `late`: a newer event of the same action was claimed before. `crashed`: like `retry`, but its workers died too
 * often: it is to be dead-lettered and not run. `seen`: a state as new as the recovered one was seen before.
 * `duplicate`: it is finished, or the message is not the one that the event waits for. `waiting`: a copy of an event whose
 * delayed message is on its way. `busy`: another worker holds it.
 */
export type Claim =
  | HeldClaim
  | { kind: 'duplicate' | 'waiting' | 'seen' }
  | { kind: 'busy'; untilEpochMs: number }

export interface HandlerWrite {
  resourceKey: string
  handler: string
  windowMs: number
}

export interface Ledger {
  /** Takes the event for this worker, or says why not. Throws only when the store fails: then retry the message. */
  claim(request: ClaimRequest): Promise<Claim>
  /** The event with its body; undefined when it is not there, or not any more. */
  read(event: EventKey, signal: AbortSignal): Promise<StoredEvent | undefined>
  /** Claims in a row that came to nothing, if the resource's lease names one of these events and its holder died. */
  deaths(resourceKey: string, events: readonly EventKey[], signal: AbortSignal): Promise<number>
  /**
   * Records the outcome, unless a claim with a higher fence has: then `outdated`, and nothing is written. `isStored`: the claim
   * brought a record of the event along, whose body stays.
   */
  finish(record: EventRecord, isStored: boolean, signal: AbortSignal): Promise<'recorded' | 'outdated'>
  /** Counts an API write of a handler for a resource, in a window of its first write. Throws only when the store fails. */
  countWrite(write: HandlerWrite, signal: AbortSignal): Promise<void>
}

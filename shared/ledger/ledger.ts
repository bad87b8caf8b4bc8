import type { Ticks } from '../event/ticks.ts'
import type { WritesByHandler } from '../handling/loop-guard.ts'
import type { Origin, SeenActions } from './ledger-slots.ts'
import type { StoredEvent } from './read-event.ts'

/** What became of an event for one handler. `failed` and `timed-out` are run again while attempts are left; `gave-up` is not. */
export type HandlerOutcome =
  | 'handled'
  | 'superseded'
  | 'own'
  | 'failed'
  | 'retry-after'
  | 'timed-out'
  | 'permanent-failure'
  | 'loop-suspected'
  | 'gave-up'

export interface HandlerRecord {
  outcome: HandlerOutcome
  /** Runs that failed or timed out. */
  failures: number
  /** Runs that asked for `RetryAfter`. */
  waits: number
  /** Not to be run again before, in milliseconds since 1970. */
  notBeforeEpochMs?: number
  /** Milliseconds that the last run took. */
  ms?: number
  /** The id of the replay whose run did not succeed; the runs that follow keep it. */
  replay?: string
  /** A run with `replay` has it when that replay runs the handler though a newer event was seen. */
  forced?: true
  /** It was run although a newer event had been seen before. */
  late?: true
  /** It was run although an API write of ours had caused the event. */
  own?: true
  /** The text of the last failure, up to 4 KB. */
  error?: string
}

/**
 * `failed` is not finished: some handler will run again. `dead-lettered` is, until somebody redrives or replays it.
 * `dropped`: somebody deleted its dead letter, and said why.
 */
export type EventStatus =
  | 'handled'
  | 'superseded'
  | 'own'
  | 'unhandled'
  | 'failed'
  | 'dead-lettered'
  | 'dropped'

/** An event as the table keeps it. */
export interface EventRecord {
  resourceKey: string
  ticks: Ticks
  eventId: string
  type: string
  status: EventStatus
  handlers: Record<string, HandlerRecord>
  /** Claims that ran this event to its end. */
  attempts: number
  fence: number
  /** Why it was dead-lettered. */
  reason?: string
  delivery: DeliveryFacts
  /** The message of a pending event in the delay queue. Absent only when that queue did not take it. */
  later?: Later
  /** It was given up without being opened: its body is not in the table. */
  isUnread?: true
  /** The claim whose fence the parts of its body have in their keys. Undefined: they are written with this record. */
  bodyFence?: number
  /** When its dead letter was deleted; stays when it is replayed later, until it is a dead letter again. */
  dropped?: Drop
  /** The last 20 replays of it that ran to an end, the newest last. */
  replays?: readonly ReplayRun[]
  /** The notification's exact text; undefined for what could not be opened without the worker's death. */
  text: string | undefined
}

/**
 * The one delayed message of a pending event. The message bears the token; one with another token than the recorded one
 * runs nothing.
 */
export interface Later {
  token: string
  /** Handlers that are due by then run with it. Milliseconds since 1970. */
  dueEpochMs: number
  /** Undefined: it could not be told yet, since the user's `isOwn` threw. */
  origin: Origin | undefined
}

/** What a replay came to, for the handlers that it was for. `failed`: one of them will run again. */
export interface ReplayRun {
  id: string
  atEpochMs: number
  outcome: EventStatus
}

/** Facts of the event's first delivery. */
export interface DeliveryFacts {
  requestId: string
  sentTicks: Ticks | undefined
  receivedEpochMs: number
  subscriptionId: string | undefined
  source: string | undefined
  userId: string | undefined
  /** First 8 hex digits of the SHA-256 of the signing key. Kept of a `noop` alone: it tells which key a subscription has. */
  keyFingerprint?: string
}

/** What a claim reads of an event's earlier runs: all but the body. */
export type EarlierRun = Omit<EventRecord, 'text'>

/** Why, and when, somebody deleted an event's dead letter. */
export interface Drop {
  reason: string
  atEpochMs: number
}

export interface ClaimRequest {
  resourceKey: string
  type: string
  origin: Origin
  ticks: Ticks
  eventId: string
  /** The fence of the claim that dead-lettered a redriven message. It opens the event again if none did so later. */
  redrivenFence: number | undefined
  /** The id of a replay: it opens an event that is finished, unless this replay is recorded there. */
  replayId: string | undefined
  /** The token of a delayed message: it opens the event if it is the recorded one. */
  laterToken: string | undefined
  /**
   * `newest`: nearly every event, which is new. `known`: one that was seen before (a retry, a replay), so that its record decides.
   * `apart`: one whose origin is not known, which is not entered in the ledger.
   */
  as: 'newest' | 'known' | 'apart'
  /** The record of a retry's event, as it was read, when it is entered only now. */
  recorded?: EarlierRun | undefined
  /** Until when this worker may hold the event. */
  leaseUntilEpochMs: number
  signal: AbortSignal
}

interface Held {
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
 * often: it is to be dead-lettered and not run. `duplicate`: it is finished, or the message is not the one that the event
 * waits for. `waiting`: a copy of an event whose delayed message is on its way. `busy`: another worker holds it.
 */
export type Claim =
  | ({ kind: 'first' | 'retry' | 'late' | 'crashed'; previous: EarlierRun | undefined } & Held)
  | { kind: 'duplicate' | 'waiting' }
  | { kind: 'busy'; untilEpochMs: number }

/** What an event is found by. */
export interface EventKey {
  resourceKey: string
  ticks: Ticks
  eventId: string
}

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

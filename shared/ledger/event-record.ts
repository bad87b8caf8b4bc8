import type { LetterKind } from '../event/letter-kinds.ts'
import type { EventStatus, HandlerOutcome } from '../event/outcomes.ts'
import type { Ticks } from '../event/ticks.ts'
import type { Origin } from './ledger-slots.ts'

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
  /** Why it was dead-lettered, or dropped unhandled: which kind of dead letter, and for people. */
  kind?: LetterKind
  reason?: string
  delivery: DeliveryFacts
  /** The message of a pending event in the delay queue. Absent only when that queue did not take it. */
  later?: Later
  /** It was given up without being opened: its body is not in the table. */
  isUnread?: true
  /**
   * Where its body lies that is stored in parts: the fence in their keys, which is that of the claim that wrote them, and how many
   * there are. Undefined: they are written with this record.
   */
  bodyFence?: number
  bodyParts?: number
  /** How many days its body is kept, if that is fewer than its record. */
  bodyDays?: number
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

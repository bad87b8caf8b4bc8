import { accountKeyPrefix } from '../event/event-identity.ts'
import {
  type EventStatus,
  eventStatuses,
  type HandlerOutcome,
  isPutOff,
  wasLate,
  wasOwn,
} from '../event/outcomes.ts'
import { matchesPattern } from '../event/type-patterns.ts'
import type { EventRow } from './event-row.ts'

/** Which events of the feed. What is left out does not matter. */
export interface EventFilter {
  accountId?: string
  /** `matter.updated`, `contact.*` or `*` */
  type?: string
  /**
   * Any of these: of `handler`, if that is named, and then `unhandled` means that it was never run; else the event's, or, for
   * what only handlers come to, that of any. An event that handlers put off by `RetryAfter` has not `failed`.
   */
  outcomes?: readonly Outcome[]
  /** It has an outcome for this event; with `unhandled`, it may have none. */
  handler?: string
  /** Received then or later. */
  sinceEpochMs?: number
  /** Received then or earlier. */
  untilEpochMs?: number
  /** Whether an API write of ours caused it. Of an event that no handler took, the table does not tell. */
  own?: boolean
  /** Whether a newer event had been seen before, as far as a handler was concerned. */
  late?: boolean
}

/** What an event, or a handler, comes to. */
export type Outcome = EventStatus | HandlerOutcome

/** DynamoDB charges for what it reads, filtered or not: so all of a filter is here, and none in its expressions. */
export function matchesFilter(filter: EventFilter, row: EventRow): boolean {
  const { accountId, type, handler, outcomes, own, late } = filter
  if (accountId !== undefined && !row.resourceKey.startsWith(accountKeyPrefix(accountId))) return false
  if (type !== undefined && !matchesPattern(type, row.type)) return false
  const mayLack = outcomes?.includes('unhandled') === true
  if (handler !== undefined && !mayLack && !Object.hasOwn(row.handlers, handler)) return false
  if (outcomes !== undefined && !outcomes.some((outcome) => cameTo(row, outcome, handler))) return false
  if (own !== undefined && wasOwn(row) !== own) return false
  if (late !== undefined && wasLate(row) !== late) return false
  return isWithin(filter, row.delivery.receivedEpochMs)
}

function cameTo(row: EventRow, outcome: string, handler: string | undefined): boolean {
  if (handler !== undefined && !Object.hasOwn(row.handlers, handler)) return outcome === 'unhandled'
  if (handler !== undefined) return row.handlers[handler]?.outcome === outcome
  if (outcome === 'failed' && isPutOff(Object.values(row.handlers).map((record) => record.outcome)))
    return false
  if (eventStatuses().some((status) => status === outcome)) return row.status === outcome
  return cameToAnywhere(row, outcome)
}

function cameToAnywhere(
  { status, handlers }: Pick<EventRow, 'status' | 'handlers'>,
  outcome: string,
): boolean {
  return status === outcome || Object.values(handlers).some((handler) => handler.outcome === outcome)
}

function isWithin({ sinceEpochMs, untilEpochMs }: EventFilter, receivedEpochMs: number): boolean {
  const isSince = sinceEpochMs === undefined || receivedEpochMs >= sinceEpochMs
  return isSince && (untilEpochMs === undefined || receivedEpochMs <= untilEpochMs)
}

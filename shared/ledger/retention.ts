import type { EventStatus } from '../event/outcomes.ts'

const dayMs = 86_400_000

/** How long the table keeps its items. */
export interface Retention {
  eventsMs: number
  /** The bodies of events that are done with. Undefined: as long as their events. */
  bodiesMs?: number
  /** Longer than any event that is not finished: its resource's ledger is there when it is run again. */
  ledgersMs: number
}

export class InvalidRetention extends Error {
  readonly code = 'INVALID_RETENTION'

  constructor(problem: string) {
    super(problem)
    this.name = 'InvalidRetention'
  }
}

/**
 * Events at least 30 days, longer than any message can wait in the two queues (14 days each), or a late redelivery
 * would be taken for new; ledgers longer than events, or a new ledger's fence would start below that of an old event.
 * Bodies at least a day, longer than any message of an event that was recorded stays with a worker that died. Throws
 * `InvalidRetention`.
 */
export function retentionOf(days: {
  events: number
  ledgers: number
  bodies?: number | undefined
}): Retention {
  if (!(days.events >= 30)) {
    throw new InvalidRetention(`Keep events for at least 30 days, not ${days.events} (eventRetentionDays).`)
  }
  if (!(days.ledgers > days.events)) {
    throw new InvalidRetention(
      `Keep ledgers longer than events (${days.events} days), not ${days.ledgers} (ledgerRetentionDays).`,
    )
  }
  const { bodies } = days
  if (bodies !== undefined && !(bodies >= 1 && bodies <= days.events)) {
    throw new InvalidRetention(
      `Keep bodies for 1 day at least, and no longer than events (${days.events} days), not ${bodies} (bodyRetentionDays).`,
    )
  }
  return {
    eventsMs: days.events * dayMs,
    ledgersMs: Math.max(days.ledgers * dayMs, unfinishedMs + dayMs),
    ...(bodies !== undefined && bodies < days.events && { bodiesMs: bodies * dayMs }),
  }
}

/**
 * How long the items of an event are kept that is not finished, whatever is set: 20 `RetryAfter` of 12 hours, 20 attempts,
 * and two queues that hold a message for 14 days each.
 */
export const unfinishedMs = 45 * dayMs

/** How long an event's items are kept from its record on, by whether it is finished. */
export function eventKeptMs({ eventsMs }: Retention, isFinished: boolean): number {
  return isFinished ? eventsMs : Math.max(eventsMs, unfinishedMs)
}

/**
 * How long an event's body is kept from its record on. One that is to be run again is run from it, and a dead letter may refer to
 * it: both keep it as long as their record.
 */
export function bodyKeptMs(retention: Retention, status: EventStatus): number {
  const recordMs = eventKeptMs(retention, status !== 'failed')
  const isDoneWith = status !== 'failed' && status !== 'dead-lettered'
  return isDoneWith ? (retention.bodiesMs ?? recordMs) : recordMs
}

/** How many days an event says that its body is kept; undefined if as long as the event. */
export function bodyDays(retention: Retention, status: EventStatus): number | undefined {
  const keptMs = bodyKeptMs(retention, status)
  return keptMs === retention.bodiesMs ? keptMs / dayMs : undefined
}

/** The `ttl` attribute: seconds since 1970, as DynamoDB's time to live wants them. */
export function expiry(nowEpochMs: number, keptMs: number): number {
  return Math.ceil((nowEpochMs + keptMs) / 1000)
}

import { Hono } from 'hono'
import { isResourceKey } from '../../../shared/event/event-identity.ts'
import type { EventStatus } from '../../../shared/event/outcomes.ts'
import { readFeed } from '../../../shared/ledger/event-feed.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import type { EventTableDeps } from '../../../shared/ledger/event-table.ts'
import { readEvent } from '../../../shared/ledger/read-event.ts'
import { readHistory } from '../../../shared/ledger/resource-history.ts'
import { readResourceState } from '../../../shared/ledger/resource-state.ts'
import { callLimit, eventTableOf } from '../../operate/deployment.ts'
import { eventJson, payloadIn } from '../../operate/events/event-json.ts'
import { rowsSince } from '../../operate/events/feed.ts'
import { lookUpEvent } from '../../operate/events/look-up-event.ts'
import { seenHeading, stateJson, stateWords } from '../../operate/events/resource-words.ts'
import { isoOf } from '../../operate/moments.ts'
import { percentile } from '../../operate/percentile.ts'
import { unlistedText } from '../../smokeball/unlisted-types.ts'
import { indentedJson } from '../../terminal/indented-json.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
import type { ConsoleDeps } from './console-deps.ts'
import type { ConsoleEnv } from './console-env.ts'
import { eventQuery, wholeNumber } from './event-query.ts'
import { Refused } from './read-body.ts'

const minuteMs = 60_000
const mostMinutes = 180
const rowsOfMinutes = 5_000

/** What came lately, as a list, as counts, and one by one. */
export function eventRoutes({ deployment, clock }: ConsoleDeps) {
  const table = eventTableOf(deployment)
  return new Hono<ConsoleEnv>()
    .get('/events', async (c) => {
      const query = eventQuery(c.req.query(), clock.now())
      const page = await readFeed(table, query, callLimit().signal)
      const { lookedBackToEpochMs } = page
      const { type } = query.filter
      return c.json({
        events: page.events.map(eventJson),
        cursor: page.cursor ?? null,
        looked: page.looked,
        lookedBackTo: lookedBackToEpochMs === undefined ? null : isoOf(lookedBackToEpochMs),
        unlisted: type === undefined ? null : (unlistedText(type) ?? null),
      })
    })
    .get('/events/:reference', async (c) => {
      const event = await soughtEvent(table, c.req.param('reference'))
      const stored = await readEvent(table, event, callLimit().signal)
      if (!stored) throw new Refused(404, `The event ${event.reference} has expired meanwhile.`)
      const { text = null } = stored
      const told = eventJson(stored)
      return c.json({
        ...told,
        replays: told.replays ?? [],
        text,
        payload: text === null ? null : formattedPayload(text),
        deadLetter: null,
      })
    })
    .get('/minutes', async (c) => {
      const minutes = wholeNumber('minutes', c.req.query('minutes') || '30', mostMinutes)
      const toEpochMs = clock.now()
      const fromEpochMs = Math.floor(toEpochMs / minuteMs) * minuteMs - (minutes - 1) * minuteMs
      const { rows, isCut } = await rowsSince(
        table,
        { sinceEpochMs: fromEpochMs, atMost: rowsOfMinutes },
        callLimit().signal,
      )
      return c.json({
        from: isoOf(fromEpochMs),
        to: isoOf(toEpochMs),
        minutes: minutesOf(rows, { fromEpochMs, toEpochMs }),
        looked: rows.length,
        isPartial: isCut,
      })
    })
}

/** Throws `Refused`. */
export async function soughtEvent(table: EventTableDeps, text: string): Promise<EventRow> {
  const found = await lookUpEvent(table, text, callLimit().signal)
  if (found.kind === 'found') return found.event
  throw new Refused(found.kind === 'unclear' ? 400 : 404, found.problem)
}

/**
 * Formats the payload with every digit of its numbers. It returns null when there is no payload, or one that cannot be
 * read because it nests too deep.
 */
function formattedPayload(text: string): string | null {
  const payload = payloadIn(text)
  return payload === undefined ? null : indentedJson(payload)
}

interface Minute {
  /** Its beginning, in UTC. */
  at: string
  /** Events that were received in it, by what they have come to. */
  outcomes: Partial<Record<EventStatus, number>>
  /** Percentiles of what the handlers of these events took, in milliseconds; null when none was run. */
  p50: number | null
  p95: number | null
}

/** Returns each minute of the stretch, the oldest first, and also the minutes without an event. */
function minutesOf(
  rows: readonly EventRow[],
  { fromEpochMs, toEpochMs }: { fromEpochMs: number; toEpochMs: number },
): Minute[] {
  const byMinute = Map.groupBy(rows, ({ delivery }) => minuteOf(delivery.receivedEpochMs))
  const count = (minuteOf(toEpochMs) - minuteOf(fromEpochMs)) / minuteMs + 1
  return Array.from({ length: count }, (_, index) => {
    const epochMs = minuteOf(fromEpochMs) + index * minuteMs
    return minute(epochMs, byMinute.get(epochMs) ?? [])
  })
}

function minute(epochMs: number, rows: readonly EventRow[]): Minute {
  const outcomes: Minute['outcomes'] = {}
  for (const { status } of rows) outcomes[status] = (outcomes[status] ?? 0) + 1
  const took = rows
    .flatMap(({ handlers }) => Object.values(handlers).flatMap(({ ms }) => ms ?? []))
    .sort((a, b) => a - b)
  const latency = (p: number) => (took.length > 0 ? percentile(took, p) : null)
  return { at: new Date(epochMs).toISOString(), outcomes, p50: latency(50), p95: latency(95) }
}

function minuteOf(epochMs: number): number {
  return Math.floor(epochMs / minuteMs) * minuteMs
}

const eventsOfPage = 200

/** What happened to one resource, and what the ledger says of it. */
export function resourceRoutes({ deployment, clock }: ConsoleDeps) {
  const table = eventTableOf(deployment)
  return new Hono<ConsoleEnv>().get('/resources', async (c) => {
    const key = c.req.query('key') ?? ''
    if (!isResourceKey(key))
      throw new Refused(
        400,
        '`key` is the resourceKey of an event: account, kind and id, each percent-encoded, with | between.',
      )
    const { signal } = callLimit()
    const [state, page] = await Promise.all([
      readResourceState(table, key, signal),
      readHistory(table, { resourceKey: key, limit: eventsOfPage, cursor: c.req.query('cursor') }, signal),
    ])
    const words = state && stateWords(state, page.events, { utc: undefined, nowEpochMs: clock.now() })
    return c.json({
      events: page.events.map(eventJson),
      cursor: page.cursor ?? null,
      words: words ? [seenHeading, ...words.seen, ...words.rest].map(lineForTerminal) : [],
      state: state ? stateJson(state) : null,
    })
  })
}

import { Hono } from 'hono'
import { readFeed } from '../../../shared/ledger/event-feed.ts'
import type { EventRow, EventTableDeps } from '../../../shared/ledger/event-row.ts'
import { readEvent } from '../../../shared/ledger/read-event.ts'
import { callLimit, eventTableOf } from '../../operate/deployment.ts'
import { eventJson, payloadIn } from '../../operate/events/event-json.ts'
import { rowsSince } from '../../operate/events/feed.ts'
import { lookUpEvent } from '../../operate/events/look-up-event.ts'
import { isoOf } from '../../operate/moments.ts'
import { unlistedText } from '../../smokeball/unlisted-types.ts'
import { indentedJson } from '../../terminal/indented-json.ts'
import type { ConsoleParts } from './console-parts.ts'
import { eventQuery, wholeNumber } from './event-query.ts'
import { minutesOf } from './minutes.ts'
import type { ConsoleEnv } from './own-addresses.ts'
import { Refused } from './refused.ts'

const minuteMs = 60_000
const mostMinutes = 180
const rowsOfMinutes = 5_000

/** What came lately, as a list, as counts, and one by one. */
export function eventRoutes({ deployment, clock }: ConsoleParts): Hono<ConsoleEnv> {
  const table = eventTableOf(deployment)
  return new Hono<ConsoleEnv>()
    .get('/events', async (c) => {
      const query = eventQuery(c.req.query(), clock.now())
      const page = await readFeed(table, query, callLimit().signal)
      const { lookedBackToEpochMs } = page
      const { type } = query.filter
      return c.json({
        ...{ events: page.events.map(eventJson), cursor: page.cursor ?? null, looked: page.looked },
        lookedBackTo: lookedBackToEpochMs === undefined ? null : isoOf(lookedBackToEpochMs),
        unlisted: type === undefined ? null : (unlistedText(type) ?? null),
      })
    })
    .get('/events/:reference', async (c) => {
      const event = await soughtEvent(table, c.req.param('reference'))
      const stored = await readEvent(table, event, callLimit().signal)
      if (!stored) throw new Refused(404, `The event ${event.reference} has expired meanwhile.`)
      const { text = null } = stored
      return c.json({
        ...{ replays: [], ...eventJson(stored) },
        ...{ text, payload: text === null ? null : formattedPayload(text) },
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
        ...{ from: isoOf(fromEpochMs), to: isoOf(toEpochMs) },
        minutes: minutesOf(rows, { fromEpochMs, toEpochMs }),
        ...{ looked: rows.length, isPartial: isCut },
      })
    })
}

/** Throws `Refused`. */
export async function soughtEvent(table: EventTableDeps, text: string): Promise<EventRow> {
  const found = await lookUpEvent(table, text, callLimit().signal)
  if (found.kind === 'found') return found.event
  throw new Refused(found.kind === 'unclear' ? 400 : 404, found.problem)
}

/** With every digit. Null when there is none, or it cannot be read, such as one that is nested thousands deep. */
function formattedPayload(text: string): string | null {
  const payload = payloadIn(text)
  return payload === undefined ? null : indentedJson(payload)
}

import { Hono } from 'hono'
import { isResourceKey } from '../../../shared/event/event-identity.ts'
import { readHistory } from '../../../shared/ledger/resource-history.ts'
import { readResourceState } from '../../../shared/ledger/resource-state.ts'
import { callLimit, eventTableOf } from '../../operate/deployment.ts'
import { eventJson } from '../../operate/events/event-json.ts'
import { seenHeading, stateJson, stateWords } from '../../operate/events/resource-words.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
import type { ConsoleParts } from './console-parts.ts'
import type { ConsoleEnv } from './own-addresses.ts'
import { Refused } from './refused.ts'

const eventsOfPage = 200

/** What happened to one resource, and what the ledger says of it. */
export function resourceRoutes({ deployment, clock }: ConsoleParts): Hono<ConsoleEnv> {
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
      ...{ events: page.events.map(eventJson), cursor: page.cursor ?? null },
      words: words ? [seenHeading, ...words.seen, ...words.rest].map(lineForTerminal) : [],
      state: state ? stateJson(state) : null,
    })
  })
}

import { Hono } from 'hono'
import { type DeadLetter, letterJson } from '../../operate/dead-letters/dead-letter.ts'
import { isAheadOfTime } from '../../operate/dead-letters/take-dead-letters.ts'
import type { ConsoleDeps } from './console-deps.ts'
import type { ConsoleEnv } from './console-env.ts'
import { checkedBody, textOf, textsOf } from './read-body.ts'

/** What the page shows at once; the command line lists all. */
const mostLetters = 500
const idChars = 128
const reasonChars = 500

/** What lies in the dead-letter queue, to be sent back or dropped. */
export function deadLetterRoutes({ deadLetters, live, clock }: ConsoleDeps) {
  const lookOut = ({ event }: DeadLetter) => {
    if (event) live.expect(event.reference)
  }
  return new Hono<ConsoleEnv>()
    .get('/dead-letters', async (c) => {
      const { letters, elsewhere } = await deadLetters.survey(c.req.raw.signal)
      const shown = letters.slice(0, mostLetters).map(letterJson)
      return c.json({ letters: shown, count: letters.length, elsewhere })
    })
    .post('/dead-letters/redrive', checkedBody(['ids'], redriveOf), async (c) => {
      const { ids } = c.req.valid('json')
      const inTime = (letter: DeadLetter) => !isAheadOfTime(letter, clock.now())
      const which = ids === 'all' ? inTime : oneOfThese(ids)
      // Once begun, it runs to its end, even if the page that asked is gone.
      return c.json(await deadLetters.redrive({ which, onRedriven: lookOut }, endless()))
    })
    .post('/dead-letters/drop', checkedBody(['ids', 'reason'], dropOf), async (c) => {
      const { ids, reason } = c.req.valid('json')
      return c.json(await deadLetters.drop({ which: oneOfThese(ids), reason, onDropped: lookOut }, endless()))
    })
}

/** Throws `Refused`. */
function redriveOf({ ids }: Record<string, unknown>): { ids: string[] | 'all' } {
  return { ids: ids === 'all' ? ids : idsOf(ids) }
}

/** Throws `Refused`. */
function dropOf({ ids, reason }: Record<string, unknown>) {
  return { ids: idsOf(ids), reason: textOf('reason', reason, reasonChars) }
}

function idsOf(ids: unknown): string[] {
  return textsOf('ids', ids, { most: mostLetters, maxChars: idChars })
}

function oneOfThese(ids: readonly string[]): (letter: DeadLetter) => boolean {
  const chosen = new Set(ids)
  return ({ id }) => chosen.has(id)
}

function endless(): AbortSignal {
  return new AbortController().signal
}

import { eventStatuses, handlerOutcomes, namesOf } from '../../../shared/event/outcomes.ts'
import type { EventFilter, Outcome } from '../../../shared/ledger/event-filter.ts'
import { emptyRange } from '../../operate/moments.ts'
import { Refused } from './read-body.ts'

const names = [
  'account',
  'type',
  'outcome',
  'handler',
  'own',
  'late',
  'since',
  'until',
  'limit',
  'cursor',
] as const
const outcomes: readonly Outcome[] = [...new Set([...eventStatuses(), ...namesOf(handlerOutcomes)])]
const maxChars = 500

type Query = Partial<Record<(typeof names)[number], string>>

/** Which events a URL asks for; a parameter that is empty asks for nothing. Throws `Refused`. */
export function eventQuery(
  given: Record<string, string>,
  nowEpochMs: number,
): {
  filter: EventFilter
  limit: number
  cursor: string | undefined
} {
  const query = checked(given)
  const filter = {
    ...(query.account !== undefined && { accountId: query.account }),
    ...(query.type !== undefined && { type: query.type }),
    ...(query.handler !== undefined && { handler: query.handler }),
    ...(query.outcome !== undefined && { outcomes: outcomesIn(query.outcome) }),
    ...(query.own !== undefined && { own: isTrue('own', query.own) }),
    ...(query.late !== undefined && { late: isTrue('late', query.late) }),
    ...(query.since !== undefined && { sinceEpochMs: momentIn('since', query.since) }),
    ...(query.until !== undefined && { untilEpochMs: momentIn('until', query.until) }),
  }
  const empty = emptyRange(filter, nowEpochMs)
  if (empty) throw new Refused(400, emptyRangeSays[empty])
  return { filter, limit: wholeNumber('limit', query.limit ?? '50', 200), cursor: query.cursor }
}

const emptyRangeSays = {
  swapped: '"Received since" is later than "Received until", so nothing lies between. Swap them.',
  'to-come': '"Received since" is still to come: give a moment that is over.',
}

/** From 1 to `most`. Throws `Refused`. */
export function wholeNumber(name: string, text: string, most: number): number {
  if (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= most) return Number(text)
  throw new Refused(400, `\`${name}\` is a whole number from 1 to ${most}.`)
}

function checked(given: Record<string, string>): Query {
  const query: Query = {}
  for (const [name, text] of Object.entries(given)) {
    const known = names.find((each) => each === name)
    if (!known) throw new Refused(400, `There is no such filter. Filters are ${names.join(', ')}.`)
    if (text.length > maxChars) throw new Refused(400, `\`${name}\` is longer than ${maxChars} characters.`)
    if (text !== '') query[known] = text
  }
  return query
}

function outcomesIn(text: string): Outcome[] {
  const given = text.split(',')
  if (given.every((each) => outcomes.some((outcome) => outcome === each))) return given as Outcome[]
  throw new Refused(400, `\`outcome\` is one of ${outcomes.join(', ')}, or several with commas.`)
}

function isTrue(name: string, text: string): boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  throw new Refused(400, `\`${name}\` is true or false.`)
}

function momentIn(name: string, text: string): number {
  const epochMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN
  if (epochMs >= 0) return epochMs
  throw new Refused(400, `\`${name}\` is a moment since 1970 such as 2026-07-01T09:30:00Z.`)
}

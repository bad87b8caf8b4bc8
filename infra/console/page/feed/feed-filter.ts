import { eventStatuses, isPutOff } from '../../../../shared/event/outcomes.ts'
import type { Row } from '../api/console-api.ts'

/** Names of a feed's filters, as the API and the page's URL have them. */
export const filterNames = ['account', 'type', 'outcome', 'handler', 'own', 'late', 'since', 'until'] as const

export type FilterName = (typeof filterNames)[number]

/** What of a URL's query filters the feed. */
export function filterOf(query: URLSearchParams): URLSearchParams {
  const given = filterNames.map((name): [string, string] => [name, query.get(name) ?? ''])
  return new URLSearchParams(given.filter(([, value]) => value !== ''))
}

/** Whether an event that has just been told belongs to the feed: as the server filters, which tells all that happens. */
export function isWanted(filter: URLSearchParams, row: Row): boolean {
  const is = (name: FilterName, test: (value: string) => boolean) => {
    const value = filter.get(name)
    return value === null || test(value)
  }
  const handler = filter.get('handler') ?? undefined
  const mayLack = filter.get('outcome')?.split(',').includes('unhandled') === true
  return (
    is('account', (account) => row.accountId === account) &&
    is('type', (pattern) => isOfType(row.type, pattern)) &&
    is('handler', (name) => mayLack || Object.hasOwn(row.handlers, name)) &&
    is('outcome', (list) => list.split(',').some((outcome) => cameTo(row, outcome, handler))) &&
    is('own', (value) => isOwn(row) === (value === 'true')) &&
    is('late', (value) => isLate(row) === (value === 'true')) &&
    is('since', (since) => Date.parse(row.received) >= Date.parse(since)) &&
    is('until', (until) => Date.parse(row.received) <= Date.parse(until))
  )
}

/** Whether an API write of your own caused the event: a handler skipped it for that, or ran all the same. */
export function isOwn(row: Row): boolean {
  return cameToAnywhere(row, 'own') || Object.values(row.handlers).some(({ own }) => own)
}

export function isLate(row: Row): boolean {
  return cameToAnywhere(row, 'superseded') || Object.values(row.handlers).some(({ late }) => late)
}

/** `contact.created` of `contact.created`, `contact.*` and `*` */
export function isOfType(type: string, pattern: string): boolean {
  if (pattern === '*') return true
  return pattern.endsWith('.*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern
}

/**
 * What only handlers come to is asked of them; what events come to, of the event, unless one handler is named: then `unhandled`
 * means that it was never run.
 */
function cameTo(row: Row, outcome: string, handler: string | undefined): boolean {
  if (handler !== undefined && !Object.hasOwn(row.handlers, handler)) return outcome === 'unhandled'
  if (handler !== undefined) return row.handlers[handler]?.outcome === outcome
  // None failed, where a handler asked to be run later.
  if (outcome === 'failed' && isPutOff(Object.values(row.handlers).map((each) => each.outcome))) return false
  const isStatus = eventStatuses().some((status) => status === outcome)
  return isStatus ? row.status === outcome : cameToAnywhere(row, outcome)
}

function cameToAnywhere({ status, handlers }: Row, outcome: string): boolean {
  return status === outcome || Object.values(handlers).some((each) => each.outcome === outcome)
}

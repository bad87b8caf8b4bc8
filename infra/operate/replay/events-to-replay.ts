import { readFeed } from '../../../shared/ledger/event-feed.ts'
import { type EventFilter, matchesFilter, type Outcome } from '../../../shared/ledger/event-filter.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import type { EventTableDeps } from '../../../shared/ledger/event-table.ts'
import type { Replay } from '../../../shared/ledger/replay.ts'

/** Which of the stored events. */
export interface ReplayFilter extends Omit<EventFilter, 'handler' | 'own' | 'late'> {
  handlers: Replay['handlers']
}

/** What was found, and how many events more there were if one clause were left out, by its option. */
export interface FoundEvents {
  events: EventRow[]
  without: Record<'outcome' | 'type' | 'account', number>
}

const pageLimit = 500

/**
 * All events that are meant, in the order in which they happened. With handlers by name, an outcome is that of one of them, or, where one
 * of them was not run, the event's, and `unhandled` in any case: so history goes to a handler that was added later, whether
 * or not others handled it. `onLooked` is told how many events were looked at so far.
 */
export async function eventsToReplay(
  deps: EventTableDeps,
  { handlers, outcomes, ...others }: ReplayFilter,
  onLooked: (count: number) => void,
  signal: AbortSignal,
): Promise<FoundEvents> {
  const events: EventRow[] = []
  const without = { outcome: 0, type: 0, account: 0 }
  const { sinceEpochMs, untilEpochMs } = others
  const range = {
    ...(sinceEpochMs !== undefined && { sinceEpochMs }),
    ...(untilEpochMs !== undefined && { untilEpochMs }),
  }
  let cursor: string | undefined
  let looked = 0
  do {
    const page = await readFeed(deps, { filter: range, limit: pageLimit, cursor }, signal)
    for (const row of page.events) {
      const missed = missedClauses(row, { handlers, outcomes, ...others })
      const [first, second] = missed
      if (first === undefined) events.push(row)
      else if (second === undefined) without[first] += 1
    }
    cursor = page.cursor
    looked += page.events.length
    onLooked(looked)
  } while (cursor !== undefined)
  events.sort((a, b) => (a.ticks < b.ticks ? -1 : a.ticks > b.ticks ? 1 : 0))
  return { events, without }
}

/** The clauses that it does not meet. */
function missedClauses(
  row: EventRow,
  {
    accountId,
    type,
    outcomes,
    handlers,
  }: Omit<ReplayFilter, 'outcomes'> & {
    outcomes: readonly Outcome[] | undefined
  },
): (keyof FoundEvents['without'])[] {
  return [
    ...(cameTo(row, outcomes, handlers) ? [] : ['outcome' as const]),
    ...(type === undefined || matchesFilter({ type }, row) ? [] : ['type' as const]),
    ...(accountId === undefined || matchesFilter({ accountId }, row) ? [] : ['account' as const]),
  ]
}

function cameTo(
  row: EventRow,
  outcomes: readonly Outcome[] | undefined,
  handlers: Replay['handlers'],
): boolean {
  if (!outcomes) return true
  if (typeof handlers === 'string') return matchesFilter({ outcomes }, row)
  return handlers.some((name) => {
    const record = row.handlers[name]
    if (record) return outcomes.includes(record.outcome)
    return outcomes.includes('unhandled') || matchesFilter({ outcomes }, row)
  })
}

import { readFeed } from '../../../shared/event-feed.ts'
import { type EventFilter, matchesFilter, type Outcome } from '../../../shared/event-filter.ts'
import type { EventRow, EventTableDeps } from '../../../shared/event-row.ts'
import type { Replay } from '../../../shared/replay.ts'

/** Which of the stored events. */
export interface ReplayFilter extends Omit<EventFilter, 'handler'> {
  handlers: Replay['handlers']
}

const pageLimit = 500

/**
 * All that are meant, the first that happened first. With handlers by name, an outcome is that of one of them, or, where none
 * of them was run, the event's: so history that nobody handled goes to a handler that was added later. `onLooked`: told how
 * many events were looked at so far.
 */
export async function eventsToReplay(
  deps: EventTableDeps,
  { handlers, outcomes, ...others }: ReplayFilter,
  onLooked: (count: number) => void,
  signal: AbortSignal,
): Promise<EventRow[]> {
  const found: EventRow[] = []
  const { sinceEpochMs, untilEpochMs } = others
  const range = {
    ...(sinceEpochMs !== undefined && { sinceEpochMs }),
    ...(untilEpochMs !== undefined && { untilEpochMs }),
  }
  let cursor: string | undefined
  let looked = 0
  do {
    const page = await readFeed(deps, { filter: range, limit: pageLimit, cursor }, signal)
    found.push(...page.events.filter((row) => matchesFilter(others, row) && cameTo(row, outcomes, handlers)))
    cursor = page.cursor
    looked += page.events.length
    onLooked(looked)
  } while (cursor !== undefined)
  return found.sort((a, b) => (a.ticks < b.ticks ? -1 : a.ticks > b.ticks ? 1 : 0))
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
    return record ? outcomes.includes(record.outcome) : matchesFilter({ outcomes }, row)
  })
}

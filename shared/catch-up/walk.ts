import { epochMsToTicks, type Ticks } from '../event/ticks.ts'
import { listPage } from '../smokeball-api/list-page.ts'
import { type ChangeList, pageRows } from '../smokeball-api/lists.ts'
import type { CallContext } from '../smokeball-api/smokeball-api.ts'
import { both, earlier, lookAtRows, usualYoungMs, type WalkDeps, youngIn } from './look-at-rows.ts'
import { type FoundState, foundState } from './recovered-notification.ts'
import { pageOverlap } from './rows-since.ts'
import type { WalkPlace } from './walk-item.ts'

/** A walk begins so long before what is known: writes show in lists some time after they were made. */
export const overlapMs = 60 * 60_000
/** What could not be fetched for so long is not looked for any more. */
const longestLeftMs = 2 * 24 * 3_600_000

const ticksPerSecond = 10_000_000n

/** Where a walk begins. `since`: changes from then on are looked at. @default a little before what is known, or now if nothing is */
export function firstPlace(nowEpochMs: number, known: Ticks | undefined, since?: Ticks): WalkPlace {
  const begins = since ?? (known === undefined ? epochMsToTicks(nowEpochMs) : earlier(known, overlapMs))
  return {
    startedEpochMs: nowEpochMs,
    savedEpochMs: nowEpochMs,
    since: begins,
    pageSince: begins,
    offset: 0,
    left: undefined,
    calls: 0,
    rows: 0,
    found: 0,
  }
}

/** Up to when all changes were looked at, once the walk is at its end. */
export function knownAfter({ startedEpochMs, left }: WalkPlace, youngMs = usualYoungMs): Ticks {
  const looked = epochMsToTicks(startedEpochMs - youngMs)
  const isLeft = left !== undefined && left < looked && left > epochMsToTicks(startedEpochMs - longestLeftMs)
  return isLeft ? left : looked
}

/**
 * Looks at one page of a list, hands over what no delivery has shown, and returns where the walk goes on; `isOver`: it is at its
 * end. What is handed over and not saved is handed over again, and seen. Throws what the API, the table and the queue throw.
 */
export async function walkPage(
  deps: WalkDeps,
  accountId: string,
  list: ChangeList,
  place: WalkPlace,
  context: CallContext,
): Promise<{ place: WalkPlace; isOver: boolean }> {
  const api = countingCalls(deps.api)
  const part = { updatedSince: place.pageSince, offset: place.offset }
  const { items, isLast } = await listPage(api, accountId, list, part, context)
  if (!isLast) deps.checkPage?.(items)
  const rows = items.flatMap((item) => foundState(accountId, list, item) ?? [])
  const isYoung = youngIn({ ...deps, api }, { accountId, list, place, context }, list)
  const looked = await lookAtRows({ ...deps, api }, { accountId, list, place, context, isYoung }, rows)
  const counts = { calls: place.calls + api.calls, rows: place.rows + items.length }
  const after = { ...place, ...counts, ...both(place, looked), ...nextPage(list, place, rows) }
  return { place: after, isOver: isLast }
}

/** The API, with how many calls were made of it. */
export function countingCalls(api: WalkDeps['api']): WalkDeps['api'] & { calls: number } {
  return {
    calls: 0,
    fetch(...call) {
      this.calls++
      return api.fetch(...call)
    },
  }
}

/** Where a walk goes on behind a page with these rows. `step`: so many rows further, where that cannot be told by their stamps. */
export function nextPage(
  list: ChangeList,
  { pageSince, offset }: WalkPlace,
  rows: readonly FoundState[],
  step = pageRows - pageOverlap,
): Pick<WalkPlace, 'pageSince' | 'offset'> {
  const stamps = rows.flatMap(({ stamp }) => stamp?.ticks ?? [])
  const further = { pageSince, offset: offset + step }
  const isSorted = list.sort !== undefined && stamps.every((stamp, at) => stamp >= (stamps[at - 1] ?? 0n))
  if (!isSorted) return further
  // From the newest stamp on, and not by offset: a row that changes meanwhile moves to the end, and shifts all behind it.
  const before = (stamps.at(-1) ?? 0n) - (list.filter[1] === 'ticks' ? 1n : ticksPerSecond)
  return before > pageSince ? { pageSince: before as Ticks, offset: 0 } : further
}

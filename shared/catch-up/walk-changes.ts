import type { Ticks } from '../event/ticks.ts'
import type { Clock } from '../runtime/clock.ts'
import { pageCheck } from '../smokeball-api/list-page.ts'
import { isByMatter, mattersWithLists, type TellingList } from '../smokeball-api/lists.ts'
import type { CallContext } from '../smokeball-api/smokeball-api.ts'
import type { WalkDeps } from './look-at-rows.ts'
import type { RecoveredNotification } from './recovered-notification.ts'
import { firstPlace, knownAfter, walkPage } from './walk.ts'
import type { Walk, WalkChange, WalkPlace } from './walk-item.ts'
import { walkMatters } from './walk-matters.ts'
import type { WalkStore } from './walk-store.ts'

export interface WalkChangesDeps extends Omit<WalkDeps, 'handOver'> {
  /** Returns when the event queue has it. */
  handOver(notification: RecoveredNotification, signal: AbortSignal): Promise<void>
  walks: Pick<WalkStore, 'save'>
  clock: Clock
  /** What is handed over only once. @default each state */
  onceEach?: 'eventId' | 'resourceKey'
}

export interface WalkOf {
  accountId: string
  list: TellingList
  /** What is known of it; undefined if nothing is. */
  walk: Walk | undefined
  /** Changes from then on are looked at. @default where the last walk broke off, or ended */
  since?: Ticks | undefined
  /** The lists of all matters are looked at, whether their matters have changed or not. @default false */
  ofAllMatters?: boolean
}

/** No page is begun with less time left: it is 500 rows, each of which may be handed over. */
const leastMs = 20_000

/** Where nothing sorts a list, an offset means nothing any more after so long: rows have moved. */
const offsetHoldsMs = 5 * 60_000

/**
 * Walks over a list of a firm until its end, or until the time is up: the next call goes on where this one stopped, and a page that
 * was cut short is read again. A walk with `since` stands beside that: it leaves the place of another as it is, keeps none, and
 * what is known grows by it only if nothing lies between; so does one of all matters. `isOver`: it came to its end. `found`: states
 * of this call. Throws `EndlessList`, and what `walkPage` does.
 */
export async function walkChanges(
  deps: WalkChangesDeps,
  of: WalkOf,
  context: CallContext,
  onPage: (place: WalkPlace) => void = () => {},
): Promise<{ found: number; isOver: boolean }> {
  const { accountId, list, walk, since, ofAllMatters = false } = of
  const { clock, walks } = deps
  const { signal, signalEpochMs } = context.limit
  const isOfCommand = since !== undefined || ofAllMatters
  const kept = isOfCommand ? undefined : resumed(list, walk, clock.now())
  let place = kept ?? firstPlace(clock.now(), walk?.known, since)
  if (ofAllMatters) place = { ...place, pageSince: 0n as Ticks }
  const foundBefore = place.found
  const key = { accountId, kind: list.kind }
  const run = {
    ...deps,
    handOver: handOverOnce(deps),
    checkPage: pageCheck(list.path),
    lookedAt: new Set<string>(),
  }
  while (clock.now() + leastMs <= signalEpochMs) {
    const page = isByMatter(list)
      ? await walkMatters(run, accountId, list, place, context)
      : await walkPage(run, accountId, list, place, context)
    place = { ...page.place, savedEpochMs: clock.now() }
    onPage(place)
    const found = place.found - foundBefore
    if (page.isOver) {
      await walks.save(key, endOf(place, walk, deps, isOfCommand), signal)
      return { found, isOver: true }
    }
    if (!isOfCommand) await walks.save(key, { place }, signal)
  }
  return { found: place.found - foundBefore, isOver: false }
}

/** Where the last walk stopped. */
function resumed(list: TellingList, walk: Walk | undefined, nowEpochMs: number): WalkPlace | undefined {
  const place = walk?.place
  const { sort } = isByMatter(list) ? mattersWithLists : list
  const isMoved = sort === undefined && nowEpochMs - (place?.savedEpochMs ?? 0) > offsetHoldsMs
  return place && isMoved ? { ...place, offset: 0 } : place
}

function endOf(
  place: WalkPlace,
  walk: Walk | undefined,
  { clock, youngMs }: WalkChangesDeps,
  isOfCommand: boolean,
): WalkChange {
  const { calls, rows, found, startedEpochMs, since } = place
  const leavesNoGap = walk?.known === undefined || since <= walk.known
  return {
    ...(leavesNoGap && { known: knownAfter(place, youngMs) }),
    ...(!isOfCommand && { place: undefined }),
    last: { calls, rows, found, startedEpochMs, endedEpochMs: clock.now() },
    problem: undefined,
  }
}

function handOverOnce({ handOver, onceEach = 'eventId' }: WalkChangesDeps): WalkDeps['handOver'] {
  const handed = new Set<string>()
  return async (notification, signal) => {
    const id = notification.envelope[onceEach]
    if (handed.has(id)) return false
    handed.add(id)
    await handOver(notification, signal)
    return true
  }
}

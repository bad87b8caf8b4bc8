import type { Ticks } from '../event/ticks.ts'
import type { Clock } from '../runtime/clock.ts'
import type { ChangeList } from '../smokeball-api/lists.ts'
import type { CallContext } from '../smokeball-api/smokeball-api.ts'
import type { RecoveredNotification } from './recovered-notification.ts'
import { firstPlace, knownAfter, type WalkDeps, walkPage } from './walk.ts'
import type { Walk, WalkPlace, WalkStore } from './walk-store.ts'

export interface WalkListDeps extends Omit<WalkDeps, 'handOver'> {
  /** Returns when the event queue has it. */
  handOver(notification: RecoveredNotification, signal: AbortSignal): Promise<void>
  walks: Pick<WalkStore, 'save'>
  clock: Clock
}

export interface WalkOf {
  accountId: string
  list: ChangeList
  /** What is known of it; undefined if nothing is. */
  walk: Walk | undefined
  /** Changes from then on are looked at. @default where the last walk broke off, or ended */
  since?: Ticks | undefined
}

/** No page is begun with less time left: it is 500 rows, each of which may be handed over. */
const leastMs = 20_000

/**
 * Walks over a list of a firm until its end, or until the time is up: the next call goes on where this one stopped, and a page that
 * was cut short is read again. `isOver`: it came to its end. Throws what `walkPage` does.
 */
export async function walkList(
  deps: WalkListDeps,
  of: WalkOf,
  context: CallContext,
  onPage: (place: WalkPlace) => void = () => {},
): Promise<{ place: WalkPlace; isOver: boolean }> {
  const { accountId, list, walk, since } = of
  const { clock, walks } = deps
  const { signal, signalEpochMs } = context.limit
  const kept = since === undefined ? walk?.place : undefined
  let place = kept ?? firstPlace(clock.now(), walk?.known, since)
  const key = { accountId, kind: list.kind }
  const once = { ...deps, handOver: handOverOnce(deps) }
  while (clock.now() + leastMs <= signalEpochMs) {
    const page = await walkPage(once, accountId, list, place, context)
    place = page.place
    onPage(place)
    if (page.isOver) {
      const last = { ...countsOf(place), startedEpochMs: place.startedEpochMs, endedEpochMs: clock.now() }
      await walks.save(
        key,
        { known: knownAfter(place, deps.youngMs), place: undefined, last, problem: undefined },
        signal,
      )
      return { place, isOver: true }
    }
    await walks.save(key, { place }, signal)
  }
  return { place, isOver: false }
}

function handOverOnce({ handOver }: WalkListDeps): WalkDeps['handOver'] {
  const handed = new Set<string>()
  return async (notification, signal) => {
    const { eventId } = notification.envelope
    if (handed.has(eventId)) return false
    handed.add(eventId)
    await handOver(notification, signal)
    return true
  }
}

function countsOf({ calls, rows, found }: WalkPlace) {
  return { calls, rows, found }
}

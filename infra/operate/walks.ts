import type { Walk } from '../../shared/catch-up/walk-item.ts'
import { epochMsToTicks, type Ticks, ticksToEpochMs } from '../../shared/event/ticks.ts'
import type { Account } from '../../shared/smokeball-api/account.ts'
import { matterLists } from '../../shared/smokeball-api/lists.ts'
import { isoOf } from './moments.ts'

/** Whether a walk of this kind looks at the lists of those matters alone that have changed. */
export function isInPart(kind: string): boolean {
  return matterLists.some((list) => list.kind === kind)
}

/** How far a walk has come, in `--json` and on the console. */
export function walkJson({ accountId, kind, known, last, place, problem }: Walk) {
  return {
    accountId,
    kind,
    ...(isInPart(kind) && { inPart: true }),
    ...(known !== undefined && { knownUntil: isoOf(ticksToEpochMs(known)) }),
    ...(last && { last: { ...last, started: isoOf(last.startedEpochMs), ended: isoOf(last.endedEpochMs) } }),
    ...(place && { underWay: { calls: place.calls, rows: place.rows, found: place.found } }),
    ...(problem && { problem: { at: isoOf(problem.atEpochMs), text: problem.text } }),
  }
}

/**
 * Where none of its firms was walked yet, a local run is looked at from the beginning of these. Undefined elsewhere: a real firm has
 * too much that is old.
 */
export function firstSince(
  isLocal: boolean,
  walks: readonly Walk[],
  firms: readonly Account[],
): Ticks | undefined {
  const isKnown = walks.some((walk) => firms.some(({ accountId }) => accountId === walk.accountId))
  if (!isLocal || isKnown || firms.length === 0) return undefined
  return epochMsToTicks(Math.min(...firms.map(({ addedEpochMs }) => addedEpochMs)))
}

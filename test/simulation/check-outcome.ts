import { leastDeaths, maxAttempts, maxWaits } from './limits.ts'
import { isFor, isKiller, wants } from './scripted-handlers.ts'
import { type Call, type DeadLetter, isThrough, type Renewal, type Run, type Witness } from './witness.ts'
import type { World } from './world.ts'

/** What the log line of an event says, against what was seen. */
export function checkOutcome(witness: Witness, call: Call, plans: readonly Run['plan'][]): void {
  const { event, outcome, replay } = call
  const violate = (what: string) => witness.violations.push(`${what}: event ${event.eventId}`)
  const others = witness.calls.filter((other) => other !== call && other.event === event)
  if (outcome === 'outdated' && !others.some(({ openedEpochMs }) => openedEpochMs > call.openedEpochMs))
    violate('outdated, though nobody came later')
  const isTold = !['busy', 'duplicate', 'waiting', 'expired', 'outdated', 'threw'].includes(outcome ?? '')
  if (isTold && others.some((other) => hasSucceeded(witness, other, call)))
    violate('(5) tells its outcome over that of its successor')
  const wasThrough = (other: Call) => isThrough(other) && (other.endedEpochMs ?? 0) < call.openedEpochMs
  if (outcome === 'busy' && others.every(wasThrough)) violate('busy, though nobody holds it')
  const isOfAll = replay === undefined
  if (
    outcome === 'unhandled' &&
    isOfAll &&
    plans.some((plan) => plan.types.includes(event.type) && isFor(plan, event))
  )
    violate('unhandled, though subscribed to')
  if (outcome === 'handled' && !witness.runs.some((run) => run.event === event && run.end === 'succeeded'))
    violate('handled by nobody')
  if (outcome === 'own' && isOfAll && plans.some((plan) => wants(plan, event)))
    violate('skipped, though wanted')
}

/** Whether both ran handlers, `successor` under the higher fence, and it had told its outcome when the other finished. */
function hasSucceeded(witness: Witness, successor: Call, call: Call): boolean {
  if (!isThrough(successor) || (successor.endedEpochMs ?? 0) >= (call.finishedEpochMs ?? 0)) return false
  const fenceOf = (of: Call) => witness.runs.find((run) => run.call === of)?.fence ?? Number.NaN
  return fenceOf(successor) > fenceOf(call)
}

/** A dead letter's reason must be there, and be true. */
export function checkDeadLetter(
  { witness, history }: World,
  { event, reason, by, replay }: DeadLetter,
): void {
  const last = witness.renewed.findLast(({ eventId }) => eventId === event.eventId)
  const violate = (what: string) => witness.violations.push(`${what}: ${reason} (${event.eventId})`)
  const isOfSameReplay = (other: Renewal) =>
    other.eventId === event.eventId &&
    other.replay === replay &&
    (other.by === undefined || (isThrough(other.by) && !other.by.worker.isUnlocked))
  if (!reason) {
    violate('(1) dead-lettered without a reason')
    return
  }
  const runs = witness.runs.filter((run) => run.event === event)
  if (reason.startsWith('crashed')) {
    const isLost = (call: Call) => !isThrough(call) || call.finishedEpochMs === undefined
    const lost = witness.calls.filter(
      (call) => call.event === event && call.claimedEpochMs !== undefined && isLost(call),
    )
    // A mark counts these deaths, too.
    const diedUnclaimed = witness.calls.filter(
      ({ event: of, claimedEpochMs, endedEpochMs, outcome }) =>
        of === event && claimedEpochMs === undefined && endedEpochMs !== undefined && outcome === undefined,
    )
    // The one that tells of it is still open.
    // Beside an event whose opening ends the process, a mark may count a death that was that event's.
    const hasBombs = history.events.some(({ isBomb }) => isBomb)
    if (lost.length + diedUnclaimed.length - 1 < leastDeaths && !hasBombs)
      violate('dead-lettered as crashed too early')
    // Beside an event that kills its worker, another dies once at most; the rest is what faults can do.
    if (!isKiller(history, event) && lost.length - 1 > history.faults.length + 1)
      violate('(12) dead-lettered as crashed, though none of its handlers ends the process')
  }
  for (const [, what, name] of reason.matchAll(/(permanent failure|attempts) of (\w+)/g)) {
    const own = runs.filter(({ plan }) => plan.name === name)
    const isAnew =
      witness.runs.slice(last?.runsBefore).some((run) => own.includes(run)) ||
      own.some(({ call }) => call === by)
    // A replay's first letter takes the place of the one before it, for whatever that was for.
    const isInPlace = replay !== undefined && !witness.renewed.some(isOfSameReplay)
    if (last?.by && isThrough(last.by) && !isAnew && !isInPlace && !by?.worker.isUnlocked)
      violate('dead-lettered again without a run')
    const ended = (...ends: Run['end'][]) => own.filter(({ end }) => ends.includes(end)).length
    if (what === 'permanent failure' && ended('permanent-failure') === 0) violate('no permanent failure')
    if (what === 'attempts' && ended('failed', undefined) < maxAttempts && ended('retry-after') <= maxWaits)
      violate('dead-lettered before its attempts were spent')
  }
}

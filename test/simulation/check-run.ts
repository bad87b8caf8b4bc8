import { isForced, isNewReplay } from './check-replay.ts'
import { maxAttempts, maxTries, maxWaits } from './limits.ts'
import { isAlone, wants } from './scripted-handlers.ts'
import {
  type Call,
  type DeliveredEvent,
  isConfirmed,
  isCrossed,
  isThrough,
  type Run,
  runsOf,
  showedBefore,
  supersedes,
  type Witness,
} from './witness.ts'

/** What a run that starts says of the claim behind it. `isLate` is what the handler was told. */
export function checkStart(witness: Witness, run: Run, isLate: boolean, sharesSlot: boolean): void {
  const { plan, event, fence } = run
  const violate = (what: string) =>
    witness.violations.push(`${what}: ${plan.name} for event ${event.eventId}`)
  if (!wants(plan, event)) violate('runs what it is to skip')
  const sameResource = witness.runs.filter((other) => other.event.resourceKey === event.resourceKey)
  if (sameResource.some((other) => other.fence === fence && other.call !== run.call))
    violate('two claims have one fence')

  const ofThisEvent = sameResource.filter((other) => other.plan === plan && other.event === event)
  const isAgain = (other: Run) =>
    isConfirmed(other) && !other.call.worker.isUnlocked && fence > other.fence && !isNewReplay(witness, run)
  if (ofThisEvent.some(isAgain)) violate('(5) runs again after a recorded success')

  checkAttempts(witness, run, violate)
  if (lostInARow(witness, run.call) >= maxTries) violate('runs though its workers die')
  const newer = sameResource.filter(
    (other) => other.plan === plan && other.fence < fence && supersedes(plan, other.event, event),
  )
  if (newer.length > 0 && !isLate) violate('is late and not told so')
  if (event.isRecovered && showedBefore(witness, event, firstClaimEpochMs(witness, event)))
    violate('(14) a state that was seen before is handled again')
  const superseders = [...witness.acknowledged.values()].filter((other) => supersedes(plan, other, event))
  if (isLate && superseders.length === 0 && !sharesSlot) violate('(6) is told to be late and is not')
}

function firstClaimEpochMs(witness: Witness, event: DeliveredEvent): number {
  const claims = witness.calls.filter((call) => call.event === event)
  return Math.min(...claims.map(({ claimedEpochMs = Number.POSITIVE_INFINITY }) => claimedEpochMs))
}

/** Outcomes that a worker recorded beside another's may be lost: both began with the same earlier ones. */
function checkAttempts(witness: Witness, run: Run, violate: (what: string) => void): void {
  const { plan, event, fence, startedEpochMs } = run
  const ofThisEvent = witness.calls.filter((call) => call.event === event)
  if (ofThisEvent.some(({ worker, claimedEpochMs }) => worker.isUnlocked && claimedEpochMs !== undefined))
    return
  const recent = runsOf(witness, plan, event).filter(
    (other) => isThrough(other.call) && other.fence < fence && other.replay === run.replay,
  )
  if (recent.some(({ dueEpochMs }) => dueEpochMs > startedEpochMs)) violate('runs before it is due')
  if (recent.some(({ end }) => end === 'permanent-failure')) violate('runs after a permanent failure')
  if (recent.filter(({ end }) => end === 'retry-after').length > maxWaits) violate('waits without end')
  if (recent.filter(({ end }) => end === 'failed' || end === undefined).length >= maxAttempts)
    violate('has more attempts than it may')
}

/**
 * While a worker that outlived its visibility is at the resource, two may act at once; what was claimed earlier carries
 * the smaller fence, and a store that takes the fence refuses it. No other run is excused.
 */
export function checkSuccess(witness: Witness, run: Run): void {
  if (run.plan.order !== 'latest' || isAlone(run.event.type) || isForced(witness, run)) return
  const newer = witness.runs.filter(
    (other) =>
      other.plan === run.plan && other.end === 'succeeded' && supersedes(run.plan, other.event, run.event),
  )
  const isRefused = (other: Run) => run.fence < other.fence && isCrossed(witness, run)
  if (newer.some((other) => !isRefused(other)))
    witness.violations.push(`(3) ${run.plan.name} succeeds on an older event: ${run.event.eventId}`)
}

/** How many workers that had claimed the event, and only that, came to nothing just before. */
function lostInARow(witness: Witness, call: Call): number {
  const claimedEpochMs = (of: Call) => of.claimedEpochMs ?? Number.NaN
  const before = witness.calls
    .filter((other) => other.event.resourceKey === call.event.resourceKey)
    .filter((other) => other !== call && claimedEpochMs(other) <= claimedEpochMs(call))
    .sort((one, other) => claimedEpochMs(one) - claimedEpochMs(other))
  const isLost = (other: Call) =>
    other.event === call.event && other.finishedEpochMs === undefined && !isThrough(other)
  return before.length - 1 - before.findLastIndex((other) => !isLost(other))
}

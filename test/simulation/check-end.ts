import { checkLeft, checkReplayed } from './check-replay-end.ts'
import { type HandlerPlan, isAlone, isKiller, mayShareSlot, wants } from './scripted-handlers.ts'
import {
  type Call,
  type DeliveredEvent,
  isCrossed,
  type Run,
  showedBefore,
  supersedes,
  type Witness,
} from './witness.ts'
import type { World } from './world.ts'

const ends = ['handled', 'superseded', 'own', 'unhandled', 'dead-lettered', 'duplicate', 'seen']

/** The invariants that only the end can show: when faults have stopped and the queue is empty. */
export function checkEnd(world: World): void {
  const { witness, plans } = world
  const deadLettered = world.deadLettered()
  for (const event of witness.acknowledged.values()) {
    const isDead = deadLettered.has(event.eventId)
    const outcomes = witness.calls.filter((call) => call.event === event).map(({ outcome }) => outcome)
    if (!isDead && !outcomes.some((outcome) => ends.includes(outcome ?? '')))
      witness.violations.push(`(1) no end is told of event ${event.eventId}`)
    for (const plan of plans) if (wants(plan, event)) checkHandled(world, plan, event, isDead)
  }
  for (const call of witness.calls) if (call.outcome === 'seen') checkSeen(witness, call)
  if (world.history.faults.length === 0) checkBystanders(world)
  for (const replay of witness.replays) {
    checkReplayed(world, replay)
    checkLeft(world, replay)
  }
}

/** (15): only what catch-up found is passed by as seen, and only after another event had shown a state as new. */
function checkSeen(witness: Witness, { event, endedEpochMs = 0 }: Call): void {
  if (event.isRecovered && showedBefore(witness, event, endedEpochMs + 1)) return
  witness.violations.push(`(15) is told to be seen before, and was not: event ${event.eventId}`)
}

function checkHandled(
  { witness, history }: World,
  plan: HandlerPlan,
  event: DeliveredEvent,
  isDead: boolean,
): void {
  const violate = (what: string) =>
    witness.violations.push(`${what}: ${plan.name} for event ${event.eventId}`)
  const successes = witness.runs.filter(
    (run) => run.plan === plan && run.event === event && run.end === 'succeeded',
  )
  const undisturbed = successes.filter(({ call }) => !call.isDisturbed)
  for (const [replay, runs] of Map.groupBy(undisturbed, (run) => run.replay))
    if (runs.length > 1 && !isLeaseLost(witness, runs))
      violate(`${replay === undefined ? '(2)' : '(9)'} succeeds twice, though nobody died`)
  // A dead letter that is redriven runs, whatever was seen meanwhile.
  const wasGivenUp = witness.renewed.some(({ eventId }) => eventId === event.eventId)
  const isSeen = !wasGivenUp && witness.calls.some((call) => call.event === event && call.outcome === 'seen')
  if (successes.length > 0 || isDead || isSeen) return
  if (plan.order === 'every' || isAlone(event.type)) return void violate('(1) (4) never succeeds')
  const superseders = [...witness.acknowledged.values()].filter((newer) => supersedes(plan, newer, event))
  if (superseders.length === 0 && !mayShareSlot(history, plan))
    violate('(1) (6) (7) never succeeds, though nothing newer supersedes it')
}

/** (12): an event none of whose handlers ends the process is begun in vain at most once for those that do. */
function checkBystanders({ witness, history }: World): void {
  for (const event of witness.acknowledged.values()) {
    const lost = witness.calls.filter(
      (call) =>
        call.event === event && call.claimedEpochMs !== undefined && call.finishedEpochMs === undefined,
    )
    const isMixed = witness.calls.some(
      ({ worker, event: { resourceKey } }) => worker.isUnlocked && resourceKey === event.resourceKey,
    )
    // What operators send again comes as new, and may meet such an event anew.
    const sentAgain =
      history.redrives.length + witness.replays.filter((replay) => replay.event === event).length
    const inVain = lost.filter(({ isDisturbed }) => isDisturbed).length
    if (inVain > 1 + sentAgain && !isMixed && !isKiller(history, event))
      witness.violations.push(`(12) is begun in vain again and again: event ${event.eventId}`)
  }
}

/**
 * Only the queue keeps a resource's events apart; the lease keeps one event from running twice. When a worker outlives
 * its visibility and another event is claimed between two runs, the lease that was held is no more.
 */
function isLeaseLost(witness: Witness, runs: readonly Run[]): boolean {
  const [first, ...others] = runs
  const last = others.at(-1)
  if (!first || !last || !runs.some((run) => isCrossed(witness, run))) return false
  return witness.calls.some(
    ({ event, claimedEpochMs = 0 }) =>
      event !== first.event &&
      event.resourceKey === first.event.resourceKey &&
      claimedEpochMs >= first.startedEpochMs &&
      claimedEpochMs <= last.startedEpochMs,
  )
}

function isPassedBy({ outcome, event }: Call): boolean {
  return outcome === 'duplicate' || (outcome === 'seen' && event.isRecovered === true)
}

/** After copies of events that had come to their end. A late deletion by a stalled worker may have cut a retry short. */
export function checkProbe(
  world: World,
  probed: readonly DeliveredEvent[],
  runsBefore: number,
  callsBefore: number,
): void {
  const { witness, outliving, history } = world
  if (outliving && history.lateHandlesDelete) return
  const violate = (what: string, { eventId }: DeliveredEvent) =>
    witness.violations.push(`${what}: event ${eventId}`)
  for (const run of witness.runs.slice(runsBefore))
    violate('(2) a copy of a finished event is handled', run.event)
  const calls = witness.calls.slice(callsBefore)
  for (const { event, replay } of calls)
    if (replay !== undefined) violate('another message of a replay is not told to be a duplicate', event)
  for (const event of probed)
    if (!calls.some((call) => call.event === event && isPassedBy(call)))
      violate('a copy of a finished event is not told to be a duplicate', event)
}

import { earlierRuns } from './check-replay.ts'
import { type HandlerPlan, isAlone, mayShareSlot, wants } from './scripted-handlers.ts'
import {
  type Call,
  type DeliveredEvent,
  isCrossed,
  isThrough,
  type SentReplay,
  supersedes,
} from './witness.ts'
import type { World } from './world.ts'

/** (8): when the queue is empty, those that a replay is for have handled the event in it. */
export function checkReplayed(world: World, replay: SentReplay): void {
  const { witness, plans } = world
  if (hasLetterSince(world, replay.event, replay.sentEpochMs)) return
  for (const plan of plans) {
    if (!wants(plan, replay.event) || mayBeLate(world, replay, plan)) continue
    const runs = earlierRuns(witness, plan, replay.event)
    if (runs.some((run) => isCrossed(witness, run)) || isOverruled(world, replay, plan)) continue
    const what = whatIsMissing(replay, plan, runs)
    if (what) witness.violations.push(`(8) ${what}: ${replay.id} ${plan.name} for ${replay.event.eventId}`)
  }
}

/** A later replay begins anew for what failed in a forced one, and leaves out what is late unless it is forced, too. */
function isOverruled(world: World, replay: SentReplay, plan: HandlerPlan): boolean {
  const { witness } = world
  const { event, id } = replay
  const begun = witness.runs.find((run) => run.plan === plan && run.event === event && run.replay === id)
  const isLater = (call: Call) =>
    call.event === event && begun !== undefined && (call.claimedEpochMs ?? 0) >= begun.startedEpochMs
  const others = witness.replays.filter((other) => other.event === event && other.id !== id && !other.force)
  const hasRun = others.some((other) =>
    witness.calls.some((call) => call.replay === other.id && isLater(call)),
  )
  return hasRun && mayBeLate(world, { ...replay, force: false }, plan)
}

/** (8), for what a replay was not for: what is left of an event has a letter that opens it, so one of the last handling. */
export function checkLeft(world: World, { event }: SentReplay): void {
  const { witness, plans } = world
  const claims = witness.calls.filter((call) => call.event === event && call.claimedEpochMs !== undefined)
  const last = claims.reduce((one, other) =>
    (other.claimedEpochMs ?? 0) >= (one.claimedEpochMs ?? 0) ? other : one,
  )
  if (!isThrough(last) || hasLetterSince(world, event, last.openedEpochMs)) return
  for (const plan of plans) {
    // What was lost before its Finish came to nothing.
    const run = earlierRuns(witness, plan, event).findLast(({ call }) => call.finishedEpochMs !== undefined)
    const isLeft = run && run.end !== 'succeeded' && isThrough(run.call)
    if (isLeft && !mayBeLate(world, { event, whom: 'failed', force: false }, plan))
      witness.violations.push(`(8) no letter opens what is left: ${plan.name} for ${event.eventId}`)
  }
}

function whatIsMissing(
  { id, whom }: SentReplay,
  { name }: HandlerPlan,
  runs: ReturnType<typeof earlierRuns>,
): string | undefined {
  const last = runs.at(-1)
  if (whom === 'failed') return last?.end === 'succeeded' ? undefined : 'still fails after a replay'
  if (whom !== 'all' && !whom.includes(name)) return undefined
  const own = runs.filter((run) => run.replay === id)
  if (own.some(({ end }) => end === 'succeeded')) return undefined
  // A replay that came later began anew for it.
  const isTakenOver = own.length > 0 && last?.replay !== id && last?.replay !== undefined
  return isTakenOver && last.end === 'succeeded' ? undefined : 'does not succeed in a replay for it'
}

/** A dead letter that was there before the replay does not excuse it. */
function hasLetterSince(world: World, event: DeliveredEvent, sinceEpochMs: number): boolean {
  const { witness, deadLetterQueue } = world
  const renewals = witness.renewed.filter(({ eventId }) => eventId === event.eventId)
  const letters = deadLetterQueue.messages().filter((message) => world.eventOf(message) === event)
  return letters.some(({ attributes }) => {
    const renewal = renewals.findLast(({ fence }) => fence === attributes.fence)
    return renewal === undefined || renewal.atEpochMs >= sinceEpochMs
  })
}

function mayBeLate(
  { witness, history }: World,
  { event, whom, force }: Omit<SentReplay, 'id' | 'sentEpochMs'>,
  plan: HandlerPlan,
): boolean {
  // What was superseded did not fail: force is for those that a replay names.
  const isForced = force && whom !== 'failed'
  if (isForced || plan.order === 'every' || isAlone(event.type)) return false
  return (
    mayShareSlot(history, plan) ||
    [...witness.acknowledged.values()].some((newer) => supersedes(plan, newer, event))
  )
}

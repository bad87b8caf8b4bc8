import type { HandlerPlan } from './scripted-handlers.ts'
import {
  type DeliveredEvent,
  isConfirmed,
  isThrough,
  type Run,
  type SentReplay,
  type Witness,
} from './witness.ts'

/** (10): whom a replay is for. */
export function checkReplayStart(witness: Witness, run: Run): void {
  if (run.replay === undefined) return
  const replay = replayOf(witness, run)
  if (!replay) {
    witness.violations.push(`(10) a run of no replay: ${run.replay} (${run.event.eventId})`)
    return
  }
  const { whom } = replay
  if (whom === 'all' || (whom !== 'failed' && whom.includes(run.plan.name))) return
  // The letter of a replay is for all that failed, too: each in what it failed in.
  const wasGivenUp = witness.renewed.some(({ eventId }) => eventId === run.event.eventId)
  const wasRun = earlierRuns(witness, run.plan, run.event, run.fence).some(({ call }) => isThrough(call))
  // One that was sent by a worker that never got to its Finish is a replay of its own.
  const isNewLetter = witness.renewed.some(
    ({ eventId, replay: id, by }) =>
      eventId === run.event.eventId && id === run.replay && !(by && isThrough(by)),
  )
  if (whom === 'failed' || isNewLetter ? mayBeOpen(witness, run) : wasGivenUp && !wasRun) return
  witness.violations.push(`(10) a replay that is not for it runs ${run.plan.name} for ${run.event.eventId}`)
}

/** Whether it was not handled yet, or failed after it was; what a worker did that nobody heard of may count or not. */
function mayBeOpen(witness: Witness, { plan, event, fence }: Run): boolean {
  const runs = earlierRuns(witness, plan, event, fence)
  const last = runs.at(-1)
  return last?.end !== 'succeeded' || !isThrough(last.call) || last.call.worker.isUnlocked
}

/** By their fences. */
export function earlierRuns(
  witness: Witness,
  plan: HandlerPlan,
  event: DeliveredEvent,
  fence = Number.POSITIVE_INFINITY,
): Run[] {
  return witness.runs
    .filter((other) => other.plan === plan && other.event === event && other.fence < fence)
    .sort((one, other) => one.fence - other.fence)
}

/** Whether the run is one of a replay that began after the handler's last recorded success. */
export function isNewReplay(witness: Witness, { plan, event, replay, fence }: Run): boolean {
  if (replay === undefined) return false
  const confirmed = earlierRuns(witness, plan, event, fence).filter(({ call }) => isThrough(call))
  const begun = confirmed.findIndex((other) => other.replay === replay)
  return begun < 0 || !confirmed.slice(begun).some(isConfirmed)
}

export function isForced(witness: Witness, run: Run): boolean {
  return replayOf(witness, run)?.force === true
}

function replayOf({ replays }: Witness, { replay, event }: Run): SentReplay | undefined {
  return replays.find((sent) => sent.id === replay && sent.event === event)
}

import type { EventPlan, ReplayPlan } from './history.ts'
import { type HandlerPlan, isAlone, wants } from './scripted-handlers.ts'

/** An event as it was delivered. */
export interface DeliveredEvent extends EventPlan {
  /** Its place among the history's events. */
  index: number
  eventId: string
  resourceKey: string
}

/** A worker's work on one message: from its first call to the ledger to the line that tells the outcome. */
export interface Call {
  event: DeliveredEvent
  worker: { isUnlocked: boolean }
  openedEpochMs: number
  claimedEpochMs: number | undefined
  /** When its Finish first got through. */
  finishedEpochMs: number | undefined
  /** When it told its outcome, or died. */
  endedEpochMs: number | undefined
  /** Its worker died or stalled once it had claimed, or its Finish failed: what it did may be done again. */
  isDisturbed: boolean
  outcome: string | undefined
  /** The replay that it told its outcome of. */
  replay: string | undefined
}

/** One run of a handler. */
export interface Run {
  plan: HandlerPlan
  event: DeliveredEvent
  /** Id of the replay that the handler was told of. */
  replay: string | undefined
  call: Call
  fence: number
  startedEpochMs: number
  end: 'succeeded' | 'failed' | 'retry-after' | 'permanent-failure' | undefined
  dueEpochMs: number
}

export interface DeadLetter {
  event: DeliveredEvent
  reason: string | undefined
  /** The work that gave it up; the queue itself when undefined. */
  by: Call | undefined
  /** The id of the replay that a letter is of. */
  replay: string | undefined
}

/** A replay that an operator sent. */
export interface SentReplay extends Pick<ReplayPlan, 'id' | 'whom' | 'force'> {
  event: DeliveredEvent
  sentEpochMs: number
}

/** What was seen from outside: deliveries, the handlers' effects, log lines and dead letters. Never the system's table. */
export interface Witness {
  /** By event id: an event is acknowledged when one of its deliveries is. */
  acknowledged: Map<string, DeliveredEvent>
  calls: Call[]
  runs: Run[]
  replays: SentReplay[]
  /** Every dead letter, after which handlers begin anew, and how many runs there were before. */
  renewed: Renewal[]
  /** Slots of their own that actions were given, each after its resource. */
  slots: Set<string>
  trace: [number, ...unknown[]][]
  violations: string[]
}

export interface Renewal {
  eventId: string
  runsBefore: number
  by: Call | undefined
  /** The id of the replay that a letter is of. */
  replay: string | undefined
  /** The letter's own, which tells it from others of the event. */
  fence: string | undefined
  atEpochMs: number
}

export function newWitness(): Witness {
  return {
    acknowledged: new Map(),
    calls: [],
    runs: [],
    replays: [],
    renewed: [],
    slots: new Set(),
    trace: [],
    violations: [],
  }
}

/** Whether a call told of its end: then its Finish is done, or it had nothing to finish. */
export function isThrough({ outcome, isDisturbed }: Call): boolean {
  return outcome !== undefined && outcome !== 'threw' && !isDisturbed
}

export function isConfirmed({ end, call }: Run): boolean {
  return end === 'succeeded' && isThrough(call)
}

/** When the state was made that the event shows, as far as anybody can tell. */
export function stateOf({ stamp, ticks }: DeliveredEvent): number {
  return stamp ?? ticks
}

/** Work that claimed, before `epochMs`, another event of the resource that shows a state as new. */
export function showedBefore(witness: Witness, event: DeliveredEvent, epochMs: number): Call | undefined {
  return witness.calls.find(
    ({ event: other, claimedEpochMs = Number.POSITIVE_INFINITY }) =>
      other !== event &&
      other.importedFor === undefined &&
      other.resourceKey === event.resourceKey &&
      stateOf(other) >= stateOf(event) &&
      claimedEpochMs < epochMs,
  )
}

/** Events that make `event` late for the handler, if they were claimed before. */
export function supersedes(plan: HandlerPlan, newer: DeliveredEvent, event: DeliveredEvent): boolean {
  return (
    newer.resourceKey === event.resourceKey &&
    newer.ticks > event.ticks &&
    !isAlone(event.type) &&
    wants(plan, newer)
  )
}

/** Runs of a handler for an event since it was last dead-lettered. */
export function runsOf(witness: Witness, plan: HandlerPlan, event: DeliveredEvent): Run[] {
  const since = witness.renewed.findLast(({ eventId }) => eventId === event.eventId)?.runsBefore ?? 0
  return witness.runs
    .slice(since)
    .filter((run) => run.plan.name === plan.name && run.event.eventId === event.eventId)
}

/** Whether a worker that outlived its visibility was at the resource during the run: the queue did not keep them apart. */
export function isCrossed(witness: Witness, run: Run): boolean {
  const { startedEpochMs, event } = run
  return witness.calls.some(
    ({ worker, event: { resourceKey }, endedEpochMs = Number.POSITIVE_INFINITY }) =>
      worker.isUnlocked && resourceKey === event.resourceKey && endedEpochMs >= startedEpochMs,
  )
}

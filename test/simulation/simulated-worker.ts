import { retentionOf } from '../../shared/ledger/retention.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import { type TimeLimit, timeLimitOf } from '../../shared/runtime/time-limit.ts'
import { checkOutcome } from './check-outcome.ts'
import type { Actor } from './simulated-time.ts'
import type { Call, DeliveredEvent } from './witness.ts'
import type { World } from './world.ts'

export const functionTimeoutMs = 30_000
export const visibilityMs = 6 * functionTimeoutMs
export const retention = retentionOf({ events: 30, ledgers: 400 })
/** In which a body that may go is gone as soon as anybody could ask for it. */
export const shortLivedBodies = { ...retention, bodiesMs: 1 }

/** One invocation of the consumer: what may happen to it, and what was seen of its work. */
export interface SimulatedWorker extends Actor {
  readonly name: string
  readonly limit: TimeLimit
  readonly clock: Clock
  /** The queue keeps nobody away from its resources: its messages are visible again, or in groups of their own. */
  isUnlocked: boolean
  /** It has returned: the platform lets it be. */
  hasEnded: boolean
  /** The work on this event that is under way; a new one if there is none. */
  callFor(event: DeliveredEvent): Call
  /** It reads a resource's items: where work on a replay or a retry begins. */
  readLedger(resourceKey: string): void
  /** Its claim got through, which it may not live to hear. */
  claim(call: Call): void
  endCall(event: DeliveredEvent, outcome: string, replay?: string): void
  /** Its process ends: nothing of it is heard again. */
  die(): void
  /** It stands still, and wakes so long after its messages are visible again. */
  stall(overMs: number): void
  /** It stands still until the platform kills it. */
  block(): void
}

export interface Invocation {
  name: string
  receivedEpochMs: number
  startEpochMs: number
}

export function simulatedWorker(world: World, { name, receivedEpochMs, startEpochMs }: Invocation) {
  const { time, witness } = world
  const deadlineEpochMs = startEpochMs + functionTimeoutMs
  const abort = new AbortController()
  const calls: Call[] = []
  const readEpochMs = new Map<string, number>()
  const openCall = (event: DeliveredEvent) =>
    calls.find((call) => call.event === event && call.outcome === undefined)
  const freeze = (untilEpochMs: number) => {
    worker.frozenFromEpochMs = time.now()
    worker.frozenUntilEpochMs = untilEpochMs
  }
  const worker: SimulatedWorker = {
    name,
    isDead: false,
    frozenFromEpochMs: 0,
    frozenUntilEpochMs: 0,
    isUnlocked: false,
    hasEnded: false,
    limit: timeLimitOf(startEpochMs, functionTimeoutMs, abort.signal),
    clock: {
      now: time.now,
      after: (ms, callback) => time.schedule(time.now() + ms, callback, worker, 'timer'),
    },
    callFor(event) {
      const open = openCall(event)
      if (open) return open
      const call = newCall(event, worker, readEpochMs.get(event.resourceKey) ?? time.now())
      readEpochMs.delete(event.resourceKey)
      calls.push(call)
      witness.calls.push(call)
      return call
    },
    readLedger(resourceKey) {
      const isWithin = calls.some(({ event, outcome }) => event.resourceKey === resourceKey && !outcome)
      if (!isWithin && !readEpochMs.has(resourceKey)) readEpochMs.set(resourceKey, time.now())
    },
    claim(call) {
      call.claimedEpochMs = time.now()
      if (worker.isDead || worker.frozenUntilEpochMs > time.now()) disturb(call)
    },
    endCall(event, outcome, replay) {
      // A message that is over when it is opened claims nothing, and tells its outcome all the same.
      const call = outcome === 'threw' ? openCall(event) : worker.callFor(event)
      if (!call) return
      if (outcome === 'outdated') call.isDisturbed = true
      call.endedEpochMs = time.now()
      call.outcome = outcome
      call.replay = replay
      checkOutcome(witness, call, world.plans)
    },
    die() {
      world.note(name, 'dies')
      worker.isDead = true
      calls.forEach(disturb)
      for (const call of calls) call.endedEpochMs ??= time.now()
    },
    stall(overMs) {
      if (!world.mayOutlive(worker)) return worker.die()
      world.note(name, 'stalls')
      freeze(receivedEpochMs + visibilityMs + overMs)
      calls.forEach(disturb)
    },
    block() {
      world.note(name, 'blocks')
      freeze(deadlineEpochMs + 1)
    },
  }
  time.schedule(deadlineEpochMs - 200, () => abort.abort(new Error('Time is up')), worker, 'timer')
  time.schedule(deadlineEpochMs, () => {
    if (worker.isDead || worker.hasEnded) return
    if (worker.frozenUntilEpochMs > deadlineEpochMs + 1) return
    if (worker.frozenFromEpochMs === 0)
      witness.violations.push(`${name} runs into its time limit, though nothing holds it up`)
    worker.die()
  })
  return worker
}

function disturb(call: Call): void {
  if (call.claimedEpochMs !== undefined && call.outcome === undefined) call.isDisturbed = true
}

function newCall(event: DeliveredEvent, worker: SimulatedWorker, openedEpochMs: number): Call {
  return {
    event,
    worker,
    isDisturbed: false,
    openedEpochMs,
    claimedEpochMs: undefined,
    finishedEpochMs: undefined,
    endedEpochMs: undefined,
    outcome: undefined,
    replay: undefined,
  }
}

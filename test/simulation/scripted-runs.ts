import { type Handler, on } from '../../shared/handling/handler-registry.ts'
import { PermanentFailure, RetryAfter } from '../../shared/runtime/handler-errors.ts'
import { checkReplayStart } from './check-replay.ts'
import { checkStart, checkSuccess } from './check-run.ts'
import { type HandlerPlan, handlerPlans, mayShareSlot, type RunScript } from './scripted-handlers.ts'
import type { SimulatedWorker } from './simulated-worker.ts'
import type { DeliveredEvent, Run } from './witness.ts'
import type { World } from './world.ts'

/** Longer than SQS delays a message: it goes round once. */
const retryAfterSeconds = 1_000
/** The least that a failed run is put off. */
const backOffMs = 2_500
/** How long a run hangs that takes no notice of its signal: beyond the invocation. */
const hangMs = 45_000

/** The handlers of one invocation: they do as the history's scripts say, and tell the witness. */
export function scriptedHandlers(world: World, worker: SimulatedWorker): Handler[] {
  return world.plans.map((plan) =>
    on(plan.patterns, { name: plan.name, order: plan.order, own: plan.own }, (event, context) => {
      const run = startRun(world, worker, plan, event)
      checkKey(world, run, context.idempotencyKey)
      return perform(world, worker, run, context.signal)
    }),
  )
}

function startRun(
  world: World,
  worker: SimulatedWorker,
  plan: HandlerPlan,
  told: { id: string; fence: number; late: boolean; replay: string | undefined },
): Run {
  const event = world.eventById(told.id)
  const { fence, late, replay } = told
  const run: Run = {
    plan,
    event,
    replay,
    call: worker.callFor(event),
    fence,
    startedEpochMs: world.time.now(),
    end: undefined,
    dueEpochMs: 0,
  }
  world.note(worker.name, plan.name, event.eventId, 'starts', { fence, late, replay })
  checkTime(world, worker, event)
  checkStart(world.witness, run, late, mayShareSlot(world.history, run.plan))
  checkReplayStart(world.witness, run)
  world.witness.runs.push(run)
  return run
}

/** The same for every attempt, and another for each replay. */
function checkKey({ witness }: World, { plan, event, replay }: Run, key: string): void {
  if (key !== [event.eventId, plan.name, ...(replay === undefined ? [] : [replay])].join('.'))
    witness.violations.push(`the key is of another run: ${key}`)
}

/** What is not the first of its resource in a batch is started only if it has half of the time. */
function checkTime({ witness, history }: World, worker: SimulatedWorker, event: DeliveredEvent): void {
  const { startEpochMs, signalEpochMs } = worker.limit
  const first = witness.calls.find(
    (call) => call.worker === worker && call.event.resourceKey === event.resourceKey,
  )
  // The mark of a message that came back is raised before anything is read.
  const claimedEpochMs = worker.callFor(event).openedEpochMs - 2 * Math.max(...history.latencies)
  if (first !== worker.callFor(event) && signalEpochMs - claimedEpochMs < (signalEpochMs - startEpochMs) / 2)
    witness.violations.push(`event ${event.eventId} is started with too little time`)
}

async function perform(world: World, worker: SimulatedWorker, run: Run, signal: AbortSignal): Promise<void> {
  const { time, wire, witness } = world
  const script = scriptOf(world, run)
  let isTooLate = false
  worker.clock.after(worker.limit.giveUpEpochMs - time.now(), () => {
    isTooLate = true
  })
  const sleep = (ms: number) => new Promise<void>((resolve) => worker.clock.after(ms, resolve))
  await wire.pass(worker)
  if (script.ms > 0) await sleep(script.ms)
  if (script.end === 'hang') await sleep(hangMs)
  await wire.pass(worker)
  const end = (how: Run['end'], dueInMs = 0) => {
    world.note(worker.name, run.plan.name, run.event.eventId, how, { isTooLate })
    if (isTooLate) return
    run.end = how
    run.dueEpochMs = time.now() + dueInMs
  }
  switch (script.end) {
    case 'succeed':
    case 'hang':
      end('succeeded')
      if (run.end === 'succeeded') checkSuccess(witness, run)
      return wire.pass(worker)
    case 'fail':
      end('failed', backOffMs)
      throw new Error('scripted')
    case 'retry-after':
      end('retry-after', retryAfterSeconds * 1000)
      throw new RetryAfter({ seconds: retryAfterSeconds })
    case 'permanent-failure':
      end('permanent-failure')
      throw new PermanentFailure('scripted')
    case 'exit':
      worker.die()
      return new Promise(() => {})
    case 'heed':
      return new Promise((_, reject) => {
        const abort = () => reject(signal.reason)
        if (signal.aborted) abort()
        else signal.addEventListener('abort', abort)
      })
  }
}

/** What the script says of this run: they are counted over all workers. */
function scriptOf({ history, witness }: World, run: Run): RunScript {
  const usual: RunScript = { ms: history.paceMs, end: 'succeed' }
  const script = history.scripts.find(
    ({ handler, event }) => handlerPlans[handler]?.name === run.plan.name && event === run.event.index,
  )
  if (!script) return usual
  const nth = witness.runs.filter(({ plan, event }) => plan === run.plan && event === run.event).length - 1
  return script.runs[nth] ?? (script.poison ? script.runs.at(-1) : undefined) ?? usual
}

import { largeFromChars } from '../event/envelope.ts'
import type { MakeRoom } from '../event/make-room.ts'
import { isAboutNoResource } from '../event/resource-of-event.ts'
import type { HandlerRecord } from '../ledger/event-record.ts'
import { isLateFor } from '../ledger/ledger-slots.ts'
import { backOffMs } from '../runtime/back-off.ts'
import { lineIds, lineText } from '../runtime/canonical-line.ts'
import { isPermanentFailure, memberOf, retryDelayMs } from '../runtime/handler-errors.ts'
import type { TimeLimit } from '../runtime/time-limit.ts'
import { type CallDeps, type ClaimedEvent, callHandler, eventFor, idsOf } from './call-handler.ts'
import type { SmokeballEvent } from './event.ts'
import type { HangingHandlers } from './hanging-handlers.ts'
import { suspectedLoop } from './loop-guard.ts'
import { type PlannedRun, type RunPlan, recordOfReplay } from './run-plan.ts'

/** How often a handler may ask for `RetryAfter`, an event. */
const maxWaits = 20

export interface RunDeps extends CallDeps {
  /** In [0, 1). */
  random(): number
  /** Wait after a failed run. @default the one of `back-off.ts` */
  backOffMs?: ((failures: number, random: number) => number) | undefined
  /** Text of what a handler threw, its stack in terms of the source. */
  describe(thrown: unknown): string
  /** Failed runs after which a handler gives up. */
  maxAttempts: number
  /** Which handlers run into the time limit again and again, in this process. */
  hanging: HangingHandlers
  /** @default nothing is done */
  makeRoom?: MakeRoom
}

type FailDeps = Pick<RunDeps, 'clock' | 'random' | 'backOffMs' | 'log' | 'describe' | 'maxAttempts'>

/**
 * Runs the planned handlers in parallel, each with an outcome of its own, and returns the outcomes of all by name: those of
 * earlier runs stay. Never throws. Each run ends, as far as the outcome goes, by the time limit.
 */
export async function runHandlers(
  deps: RunDeps,
  plan: RunPlan,
  claimed: ClaimedEvent,
  limit: TimeLimit,
): Promise<Record<string, HandlerRecord>> {
  const settleOne = async (run: PlannedRun) =>
    [run.handler.name, await settle(deps, plan, run, claimed, limit)] as const
  // Its handlers, and those of other such events, run one after another, so that they fit the memory.
  const isLarge = claimed.envelope.payloadText.length >= largeFromChars
  const records = await (isLarge
    ? deps.running.alone(() => oneByOne(plan.runs, settleOne))
    : Promise.all(plan.runs.map(settleOne)))
  return { ...plan.kept, ...Object.fromEntries(records) }
}

/** What becomes of the planned runs when the event cannot be shown to any handler: each has failed once more. */
export function failHandlers(
  deps: FailDeps,
  plan: RunPlan,
  { envelope, note }: ClaimedEvent,
  thrown: unknown,
): Record<string, HandlerRecord> {
  const error = deps.describe(thrown)
  const records = plan.runs.map(({ handler, failures, waits, replay }) => [
    handler.name,
    failed(deps, 'failed', { failures, waits, ...recordOfReplay(replay), error }),
  ])
  deps.log('error', { failure: 'isOwn', ...lineIds({ ...envelope, ...note }), error })
  return { ...plan.kept, ...Object.fromEntries(records) }
}

async function oneByOne<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (const item of items) results.push(await work(item))
  return results
}

async function settle(
  deps: RunDeps,
  { facts: { retryDueEpochMs } }: RunPlan,
  run: PlannedRun,
  claimed: ClaimedEvent,
  limit: TimeLimit,
): Promise<HandlerRecord> {
  const { handler, earlier, failures, waits, replay } = run
  const nowEpochMs = deps.clock.now()
  if (earlier && (earlier.notBeforeEpochMs ?? 0) > (retryDueEpochMs ?? nowEpochMs)) return earlier
  const { envelope } = claimed
  const late = isLateFor(handler, envelope.resource.kind, envelope.ticks, claimed.seen)
  const skipped = whySkipped(run, claimed, late)
  if (skipped) return { outcome: skipped, failures, waits }
  const loop = loopOf(run, claimed, nowEpochMs)
  if (loop !== undefined) return stoppedLoop(deps, run, claimed, loop)
  if (nowEpochMs >= limit.signalEpochMs) return notBegun(run, nowEpochMs)
  if (earlier && retryDueEpochMs !== undefined && !deps.hanging.mayRetry(handler.name))
    return { ...earlier, notBeforeEpochMs: nowEpochMs + waitMs(deps, failures + 1) }
  deps.makeRoom?.(envelope.payloadText.length)
  const event = eventFor(claimed, { late, attempt: failures + waits + 1, replay: replay?.id })
  return settledRun(deps, run, event, limit)
}

function whySkipped(
  { handler, replay }: PlannedRun,
  { envelope, own }: ClaimedEvent,
  late: boolean,
): 'own' | 'superseded' | undefined {
  const { kind } = envelope.resource
  if (own && handler.own === 'skip' && kind !== 'error') return 'own'
  if (late && handler.order === 'latest' && !isAboutNoResource(kind) && !replay?.force) return 'superseded'
  return undefined
}

/** Why the handler is taken to loop. Not between attempts at one event, nor at what somebody replays: a loop brings new ones. */
function loopOf(
  { handler, earlier, replay }: PlannedRun,
  { own, writes }: ClaimedEvent,
  nowEpochMs: number,
): string | undefined {
  if (earlier || own || replay) return undefined
  return suspectedLoop(handler.loopGuard, writes.get(handler.name), nowEpochMs)
}

function stoppedLoop(
  { log }: RunDeps,
  { handler, failures, waits }: PlannedRun,
  { envelope, note }: ClaimedEvent,
  error: string,
): HandlerRecord {
  log('warn', {
    loop: 'suspected',
    handler: handler.name,
    type: lineText(envelope.type),
    ...lineIds({ ...envelope, ...note }),
  })
  return { outcome: 'loop-suspected', failures, waits, error }
}

/** Handlers before it, of a large event or of another one, have taken all the time. That is no failure of its own. */
function notBegun({ failures, waits, replay }: PlannedRun, nowEpochMs: number): HandlerRecord {
  return {
    outcome: 'failed',
    failures,
    waits,
    ...recordOfReplay(replay),
    error:
      'It was not begun: the handlers before it took all the time. Do less in one event, or raise the time limit.',
    notBeforeEpochMs: nowEpochMs,
  }
}

async function settledRun(
  deps: RunDeps,
  { handler, idempotencyKey, failures, waits, replay }: PlannedRun,
  event: SmokeballEvent,
  limit: TimeLimit,
): Promise<HandlerRecord> {
  const startedEpochMs = deps.clock.now()
  const ending = await callHandler(deps, handler, idempotencyKey, event, limit)
  const nowEpochMs = deps.clock.now()
  deps.hanging.note(handler.name, ending.how === 'ran-out-of-time')
  const ran = {
    ms: nowEpochMs - startedEpochMs,
    ...(event.late && { late: true as const }),
    ...(event.own && { own: true as const }),
    ...(ending.how !== 'done' && recordOfReplay(replay)),
  }
  if (ending.how === 'done') return { outcome: 'handled', failures, waits, ...ran }
  const delayMs = retryDelayMs(ending.thrown)
  const isPutOff = delayMs !== undefined && waits < maxWaits
  const error = deps.describe(isPutOff ? withoutStack(ending.thrown) : ending.thrown)
  const asked = { failures, waits: waits + 1, ...ran, error }
  if (isPutOff) {
    deps.log('info', { retryAfter: handler.name, ...idsOf(event), seconds: delayMs / 1000, why: error })
    return { outcome: 'retry-after', ...asked, notBeforeEpochMs: nowEpochMs + delayMs }
  }
  deps.log('error', { failure: handler.name, ...idsOf(event), error })
  if (delayMs !== undefined) return { outcome: 'gave-up', ...asked }
  if (isPermanentFailure(ending.thrown))
    return { outcome: 'permanent-failure', failures, waits, ...ran, error }
  const outcome = ending.how === 'ran-out-of-time' ? 'timed-out' : 'failed'
  return failed(deps, outcome, { failures, waits, ...ran, error })
}

/** Whoever asks to be run again has not failed: nobody looks for a place in the source. What it was for may have. */
function withoutStack(thrown: unknown): Error {
  const message = memberOf(thrown, 'message')
  const error = new Error(typeof message === 'string' ? message : '')
  const [cause, errors] = [memberOf(thrown, 'cause'), memberOf(thrown, 'errors')]
  return Object.assign(error, {
    name: 'RetryAfter',
    stack: '',
    ...(cause !== undefined && { cause }),
    ...(errors !== undefined && { errors }),
  })
}

/** `before`: as it was until now. */
function failed(
  deps: FailDeps,
  outcome: 'failed' | 'timed-out',
  before: Omit<HandlerRecord, 'outcome'>,
): HandlerRecord {
  const failures = before.failures + 1
  if (failures >= deps.maxAttempts) return { outcome: 'gave-up', ...before, failures }
  return { outcome, ...before, failures, notBeforeEpochMs: deps.clock.now() + waitMs(deps, failures) }
}

function waitMs(deps: FailDeps, failures: number): number {
  return (deps.backOffMs ?? backOffMs)(failures, deps.random())
}

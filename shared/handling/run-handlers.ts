import { type Envelope, largeFromChars, payloadOf } from '../event/envelope.ts'
import { resourceKey } from '../event/event-identity.ts'
import type { MakeRoom } from '../event/make-room.ts'
import { isPending } from '../event/outcomes.ts'
import { isAboutNoResource } from '../event/resource-of-event.ts'
import { ticksToDate } from '../event/ticks.ts'
import type { EarlierRun, HandlerRecord } from '../ledger/event-record.ts'
import type { WritesByHandler } from '../ledger/ledger-item.ts'
import { isLateFor, type SeenActions } from '../ledger/ledger-slots.ts'
import type { Replay } from '../ledger/replay.ts'
import type { DeliveryNote } from '../queue/message.ts'
import { backOffMs } from '../runtime/back-off.ts'
import { lineIds, lineText } from '../runtime/canonical-line.ts'
import type { Clock } from '../runtime/clock.ts'
import { isPermanentFailure, memberOf, retryDelayMs } from '../runtime/handler-errors.ts'
import type { Log, LogLevel } from '../runtime/json-log.ts'
import type { TimeLimit } from '../runtime/time-limit.ts'
import type { RecordedWrite } from '../smokeball-api/recorded-writes.ts'
import type { CallContext, Smokeball } from '../smokeball-api/smokeball-api.ts'
import { earlierRecords, handlersFor, ofReplay, type RunReplay, replayFor } from './due-handlers.ts'
import type { SmokeballEvent } from './event.ts'
import type { Handler } from './handler-registry.ts'
import type { HangingHandlers } from './hanging-handlers.ts'
import { suspectedLoop } from './loop-guard.ts'
import type { RunningHandlers } from './running-handlers.ts'

/** How often a handler may ask for `RetryAfter`, an event. */
const maxWaits = 20

export interface RunDeps {
  clock: Clock
  /** In [0, 1). */
  random(): number
  /** Wait after a failed run. @default the one of `back-off.ts` */
  backOffMs?: ((failures: number, random: number) => number) | undefined
  log: Log
  /** Text of what a handler threw, its stack in terms of the source. */
  describe(thrown: unknown): string
  /** Value of a handlers' secret. Throws `UnknownSecret`. */
  secret(name: string): string
  /** Smokeball's API for an account, as one handler has it while it handles an event. */
  smokeball(accountId: string, context: CallContext): Smokeball
  /** Failed runs after which a handler gives up. */
  maxAttempts: number
  /** Which handlers run into the time limit again and again, in this process. */
  hanging: HangingHandlers
  /** What runs now, so that a failure that nobody catches can be told to be of one of them. */
  running: RunningHandlers
  /** @default nothing is done */
  makeRoom?: MakeRoom
}

type FailDeps = Pick<RunDeps, 'clock' | 'random' | 'backOffMs' | 'log' | 'describe' | 'maxAttempts'>

/** A claimed event, as the handlers are to see it. */
export interface ClaimedEvent {
  envelope: Envelope
  note: DeliveryNote
  own: boolean
  fence: number
  seen: SeenActions
  writes: WritesByHandler
  previous: EarlierRun | undefined
  replay: Replay | undefined
  /** The write that failed, if this is an `error` event. */
  cause: RecordedWrite | undefined
  /** A retry runs whoever is due by then, and nobody else. Milliseconds since 1970. */
  retryDueEpochMs: number | undefined
}

/**
 * Runs the subscribed handlers that are due, in parallel, each with an outcome of its own, and returns the outcomes of
 * all by name: those of earlier runs stay. Never throws. Each run ends, as far as the outcome goes, by the time limit.
 */
export async function runHandlers(
  deps: RunDeps,
  handlers: readonly Handler[],
  claimed: ClaimedEvent,
  limit: TimeLimit,
): Promise<Record<string, HandlerRecord>> {
  const due = handlersFor(handlers, { ...claimed, type: claimed.envelope.type })
  const earlier = earlierRecords(claimed, due)
  const settleOne = async (handler: Handler) =>
    [handler.name, await settle(deps, handler, claimed, limit, earlier[handler.name])] as const
  // Its handlers, and those of other such events, run one after another, so that they fit the memory.
  const isLarge = claimed.envelope.payloadText.length >= largeFromChars
  const records = await (isLarge
    ? deps.running.alone(() => oneByOne(due, settleOne))
    : Promise.all(due.map(settleOne)))
  return { ...earlier, ...Object.fromEntries(records) }
}

/** What becomes of the handlers that are due when the event cannot be shown to any: each has failed once more. */
export function failHandlers(
  deps: FailDeps,
  handlers: readonly Handler[],
  claimed: ClaimedEvent,
  thrown: unknown,
): Record<string, HandlerRecord> {
  const due = handlersFor(handlers, { ...claimed, type: claimed.envelope.type })
  const earlier = earlierRecords(claimed, due)
  const open = due.filter(({ name }) => !earlier[name] || isPending(earlier[name].outcome))
  const records = open.map((handler) => {
    const { failures = 0, waits = 0 } = earlier[handler.name] ?? {}
    const replay = ofReplay(replayFor(handler.name, claimed))
    return [
      handler.name,
      failed(deps, 'failed', { failures, waits, ...replay, error: deps.describe(thrown) }),
    ]
  })
  const ids = lineIds({ ...claimed.envelope, ...claimed.note })
  deps.log('error', { failure: 'isOwn', ...ids, error: deps.describe(thrown) })
  return { ...earlier, ...Object.fromEntries(records) }
}

async function oneByOne<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (const item of items) results.push(await work(item))
  return results
}

async function settle(
  deps: RunDeps,
  handler: Handler,
  claimed: ClaimedEvent,
  limit: TimeLimit,
  earlier: HandlerRecord | undefined,
): Promise<HandlerRecord> {
  const dueEpochMs = claimed.retryDueEpochMs ?? deps.clock.now()
  if (earlier && !isPending(earlier.outcome)) return earlier
  if (earlier && (earlier.notBeforeEpochMs ?? 0) > dueEpochMs) return earlier
  const { kind } = claimed.envelope.resource
  const { failures = 0, waits = 0 } = earlier ?? {}
  const replay = replayFor(handler.name, claimed)
  if (claimed.own && handler.own === 'skip' && kind !== 'error') return { outcome: 'own', failures, waits }
  const late = isLateFor(handler, kind, claimed.envelope.ticks, claimed.seen)
  if (late && handler.order === 'latest' && !isAboutNoResource(kind) && !replay?.force)
    return { outcome: 'superseded', failures, waits }
  // Not between attempts at one event, nor at what somebody replays: a loop brings new ones.
  const loop =
    earlier || claimed.own || replay
      ? undefined
      : suspectedLoop(handler.loopGuard, claimed.writes.get(handler.name), deps.clock.now())
  if (loop !== undefined) {
    const { type } = claimed.envelope
    deps.log('warn', {
      loop: 'suspected',
      handler: handler.name,
      type: lineText(type),
      ...lineIds({ ...claimed.envelope, ...claimed.note }),
    })
    return { outcome: 'loop-suspected', failures, waits, ...ofReplay(replay), error: loop }
  }
  if (deps.clock.now() >= limit.signalEpochMs) return notBegun(deps, { failures, waits, replay })
  if (earlier && claimed.retryDueEpochMs !== undefined && !deps.hanging.mayRetry(handler.name))
    return { ...earlier, notBeforeEpochMs: deps.clock.now() + waitMs(deps, failures + 1) }
  deps.makeRoom?.(claimed.envelope.payloadText.length)
  const event = eventFor(claimed, { late, attempt: failures + waits + 1, replay: replay?.id })
  return run(deps, handler, event, limit, { failures, waits, replay })
}

/** Handlers before it, of a large event or of another one, have taken all the time. That is no failure of its own. */
function notBegun(
  { clock }: RunDeps,
  { failures, waits, replay }: { failures: number; waits: number; replay: RunReplay },
): HandlerRecord {
  const error = 'It was not begun: the handlers before it took all the time.'
  return {
    ...{ outcome: 'failed', failures, waits, ...ofReplay(replay), error },
    notBeforeEpochMs: clock.now(),
  }
}

async function run(
  deps: RunDeps,
  handler: Handler,
  event: SmokeballEvent,
  limit: TimeLimit,
  { failures, waits, replay }: { failures: number; waits: number; replay: RunReplay },
): Promise<HandlerRecord> {
  const startedEpochMs = deps.clock.now()
  const ending = await endOf(deps, handler, event, limit)
  const nowEpochMs = deps.clock.now()
  deps.hanging.note(handler.name, ending.how === 'ran-out-of-time')
  const ran = {
    ms: nowEpochMs - startedEpochMs,
    ...(event.late && { late: true as const }),
    ...(event.own && { own: true as const }),
    ...(ending.how !== 'done' && ofReplay(replay)),
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

type Ending = { how: 'done' } | { how: 'threw' | 'ran-out-of-time'; thrown: unknown }

/** Runs the handler; signals it before the time limit, and stops waiting for it shortly after. */
function endOf(deps: RunDeps, handler: Handler, event: SmokeballEvent, limit: TimeLimit): Promise<Ending> {
  const { clock } = deps
  const timeIsUp = new Error(
    "The function's time limit is near: pass `signal` on, do less in one event, or raise the limit.",
  )
  timeIsUp.name = 'TimeLimit'
  const abort = new AbortController()
  const cancelSignal = clock.after(limit.signalEpochMs - clock.now(), () => abort.abort(timeIsUp))
  const endRunning = deps.running.begin(handler.name)
  return new Promise<Ending>((resolve) => {
    const cancelWait = clock.after(limit.giveUpEpochMs - clock.now(), () =>
      end({ how: 'ran-out-of-time', thrown: timeIsUp }),
    )
    const end = (ending: Ending) => {
      cancelSignal()
      cancelWait()
      endRunning()
      resolve(ending)
    }
    const context = {
      idempotencyKey: idempotencyKeyOf(handler, event),
      log: handlerLog(deps.log, handler, event),
      secret: deps.secret,
      signal: abort.signal,
      smokeball: deps.smokeball(event.accountId, callerOf(handler, event, limit)),
    }
    Promise.resolve()
      .then(() => handler.run(event, context))
      .then(
        () => end({ how: 'done' }),
        (thrown) => end({ how: abort.signal.aborted ? 'ran-out-of-time' : 'threw', thrown }),
      )
  })
}

function idempotencyKeyOf({ name }: Handler, { id, replay }: SmokeballEvent): string {
  return replay === undefined ? `${id}.${name}` : `${id}.${name}.${replay}`
}

function callerOf(
  { name }: Handler,
  { id, accountId, resource }: SmokeballEvent,
  limit: TimeLimit,
): CallContext {
  return { handler: name, eventId: id, resource: resourceKey(accountId, resource.kind, resource.id), limit }
}

function handlerLog(log: Log, handler: Handler, event: SmokeballEvent) {
  const ids = { handler: handler.name, type: lineText(event.type), ...idsOf(event) }
  const at = (level: LogLevel) => (message: string, fields?: Record<string, unknown>) =>
    // Nested, so that no field can pass for one that metrics count on.
    log(level, { message, ...ids, ...(fields && { fields }) })
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

function idsOf(event: SmokeballEvent): ReturnType<typeof lineIds> {
  return lineIds({ ...event, eventId: event.id, receivedEpochMs: event.receivedAt.getTime() })
}

function eventFor(
  { envelope, note, own, fence, cause }: ClaimedEvent,
  ofRun: { late: boolean; attempt: number; replay: string | undefined },
): SmokeballEvent {
  const { accountId, userId, subscriptionId, source, resource, payloadText, ticks } = envelope
  return {
    type: envelope.type,
    accountId,
    userId,
    subscriptionId,
    source,
    requestId: note.requestId,
    // Each handler has its own: what one changes, no other sees. A copy of a parsed payload takes twice as long.
    resource: { ...resource },
    payload: payloadOf(envelope),
    payloadText,
    ticks,
    occurredAt: ticksToDate(ticks),
    id: envelope.eventId,
    own,
    cause: structuredClone(cause),
    ...ofRun,
    fence,
    receivedAt: new Date(note.receivedEpochMs),
  } as SmokeballEvent
}

import { type Envelope, payloadOf } from '../event/envelope.ts'
import { resourceKey } from '../event/event-identity.ts'
import { ticksToDate } from '../event/ticks.ts'
import type { WritesByHandler } from '../ledger/ledger-item.ts'
import type { SeenActions } from '../ledger/ledger-slots.ts'
import type { DeliveryNote } from '../queue/message.ts'
import { lineIds, lineText } from '../runtime/canonical-line.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log, LogLevel } from '../runtime/json-log.ts'
import type { TimeLimit } from '../runtime/time-limit.ts'
import type { RecordedWrite } from '../smokeball-api/recorded-writes.ts'
import type { Smokeball } from '../smokeball-api/smokeball.ts'
import type { CallContext } from '../smokeball-api/smokeball-api.ts'
import type { SmokeballEvent } from './event.ts'
import type { Handler, HandlerContext, HandlerLog } from './handler-registry.ts'
import type { RunningHandlers } from './running-handlers.ts'

export interface CallDeps {
  clock: Clock
  log: Log
  /** Value of a handlers' secret. Throws `UnknownSecret`. */
  secret(name: string): string
  /** Smokeball's API for an account, as one handler has it while it handles an event. */
  smokeball(accountId: string, context: CallContext): Smokeball
  /** What runs now, so that a failure that nobody catches can be told to be of one of them. */
  running: RunningHandlers
}

/** A claimed event, as the handlers are to see it. */
export interface ClaimedEvent {
  envelope: Envelope
  note: DeliveryNote
  own: boolean
  fence: number
  seen: SeenActions
  writes: WritesByHandler
  /** The write that failed, if this is an `error` event. */
  cause: RecordedWrite | undefined
}

/** How a call of a handler ended. */
export type Ending = { how: 'done' } | { how: 'threw' | 'ran-out-of-time'; thrown: unknown }

/** Calls the handler; signals it before the time limit, and stops waiting for it shortly after. Never throws. */
export function callHandler(
  deps: CallDeps,
  handler: Handler,
  idempotencyKey: string,
  event: SmokeballEvent,
  limit: TimeLimit,
): Promise<Ending> {
  const { clock } = deps
  const abort = new AbortController()
  const cancelSignal = clock.after(limit.signalEpochMs - clock.now(), () => abort.abort(timeIsUp()))
  const endRunning = deps.running.begin(handler.name)
  return new Promise<Ending>((resolve) => {
    const cancelWait = clock.after(limit.giveUpEpochMs - clock.now(), () =>
      end({ how: 'ran-out-of-time', thrown: timeIsUp() }),
    )
    const end = (ending: Ending) => {
      cancelSignal()
      cancelWait()
      endRunning()
      resolve(ending)
    }
    const context: HandlerContext = {
      idempotencyKey,
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

/** Made when it is needed: to take the stack along takes 5 µs. */
function timeIsUp(): Error {
  const error = new Error(
    "The function's time limit is near: pass `signal` on, do less in one event, or raise the limit.",
  )
  error.name = 'TimeLimit'
  return error
}

function callerOf(
  { name }: Handler,
  { id, accountId, resource }: SmokeballEvent,
  limit: TimeLimit,
): CallContext {
  return { handler: name, eventId: id, resource: resourceKey(accountId, resource.kind, resource.id), limit }
}

function handlerLog(log: Log, handler: Handler, event: SmokeballEvent): HandlerLog {
  const ids = { handler: handler.name, type: lineText(event.type), ...idsOf(event) }
  const at = (level: LogLevel) => (message: string, fields?: Record<string, unknown>) =>
    // Nested, so that no field can pass for one that metrics count on.
    log(level, { message, ...ids, ...(fields && { fields }) })
  return { info: at('info'), warn: at('warn'), error: at('error') }
}

/** Resource and event as lines name them. */
export function idsOf(event: SmokeballEvent): ReturnType<typeof lineIds> {
  return lineIds({ ...event, eventId: event.id, receivedEpochMs: event.receivedAt.getTime() })
}

/** The event as one handler gets it: what one changes, no other sees. */
export function eventFor(
  { envelope, note, own, fence, cause }: ClaimedEvent,
  { late, attempt, replay }: { late: boolean; attempt: number; replay: string | undefined },
): SmokeballEvent {
  const { accountId, userId, subscriptionId, source, resource, payloadText, ticks } = envelope
  // The type says what the payload holds as far as Smokeball's documentation does: nothing checks the payload for it.
  return {
    type: envelope.type,
    accountId,
    userId,
    subscriptionId,
    source,
    requestId: note.requestId,
    resource: { ...resource },
    // Parsed for each: a copy of a parsed payload takes twice as long.
    payload: payloadOf(envelope),
    payloadText,
    ticks,
    occurredAt: ticksToDate(ticks),
    id: envelope.eventId,
    own,
    recovered: envelope.recovered,
    cause: structuredClone(cause),
    late,
    attempt,
    replay,
    fence,
    receivedAt: new Date(note.receivedEpochMs),
  } as SmokeballEvent
}

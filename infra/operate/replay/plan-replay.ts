import { wasOwn } from '../../../shared/event/outcomes.ts'
import { isAboutNoResource } from '../../../shared/event/resource-of-event.ts'
import { isSubscribed } from '../../../shared/event/type-patterns.ts'
import { namesOf, openOf } from '../../../shared/handling/run-plan.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import { readLedger } from '../../../shared/ledger/event-table.ts'
import { isLateFor, type SeenActions } from '../../../shared/ledger/ledger-slots.ts'
import type { Replay } from '../../../shared/ledger/replay.ts'
import type { HandlerInfo } from '../../bundle/read-handlers.ts'
import type { ReplayDeps } from './send-replays.ts'

/** What a replay would do with an event. */
export interface PlannedReplay {
  event: EventRow
  handlers: HandlerPlan[]
  /** Whether it would be put into the queue. */
  sends: boolean
  /** Whether a handler would run. One that would be superseded is sent all the same, and recorded so. */
  runs: boolean
  /** Why it is not sent. */
  why?: string
}

/** What would run and why not, without a look at the ledger. Where handlers are not known, the consumer decides. */
export function planByRecord(
  event: EventRow,
  how: Omit<Replay, 'id'>,
  known: readonly HandlerInfo[] | undefined,
): PlannedReplay {
  const handlers = handlerPlans(event, how, known)
  const runs = handlers.some((handler) => handler.runs)
  // Its message comes back by itself, unless it was lost, or SQS has moved it to the dead letters.
  if (event.status === 'failed' && !how.force)
    return {
      event,
      handlers,
      sends: false,
      runs: false,
      why: 'it is being retried already',
    }
  const isUnknown = !known && handlers.length === 0 && (how.handlers === 'all' || event.status !== 'handled')
  if (runs || isUnknown) return { event, handlers, sends: true, runs: true }
  const why = handlers.length > 0 ? 'none of the handlers would run' : 'no handler takes it'
  return { event, handlers, sends: false, runs, why }
}

/** Does what `planByRecord` does, and finds the handlers that would skip it as superseded. Reads the ledger once. */
export async function planReplay(
  deps: ReplayDeps,
  event: EventRow,
  how: Omit<Replay, 'id'>,
  signal: AbortSignal,
): Promise<PlannedReplay> {
  const plan = planByRecord(event, how, deps.handlers)
  if (!plan.sends || how.force || isAboutNoResource(event.resource.kind)) return plan
  const ledger = await readLedger(deps, event.resourceKey, signal)
  const handlers = plan.handlers.map((handler) =>
    handler.runs && isSuperseded(event, handler.handler, deps.handlers, ledger?.seen ?? new Map())
      ? { ...handler, runs: false, why: 'superseded: a newer event of its resource was seen' }
      : handler,
  )
  return { ...plan, handlers, runs: handlers.some(({ runs }) => runs) }
}

function isSuperseded(
  { resource, ticks }: EventRow,
  handler: string,
  known: readonly HandlerInfo[] | undefined,
  seen: SeenActions,
): boolean {
  const info = known?.find(({ name }) => name === handler)
  return info?.order === 'latest' && isLateFor(info, resource.kind, ticks, seen)
}

/** Whether a replay of an event is for a handler, and why not. */
interface HandlerPlan {
  handler: string
  runs: boolean
  why?: string
}

/**
 * What the event's record alone says; whether it would be superseded, only the ledger of its resource tells (`planReplay`).
 * Where the handlers are not known, only those in the record are told.
 */
function handlerPlans(
  event: EventRow,
  { handlers: meant }: Pick<Replay, 'handlers'>,
  known: readonly HandlerInfo[] | undefined,
): HandlerPlan[] {
  const candidates = candidatesOf(event, meant, known)
  const open = openOf(candidates, event)
  return candidates.map((handler) => {
    const why = known && reasonAgainstName(handler, event, known)
    const against = why ?? reasonInRecord(handler, event, known, meant !== 'failed' || open.includes(handler))
    return against === undefined ? { handler, runs: true } : { handler, runs: false, why: against }
  })
}

function candidatesOf(
  { type, handlers, isImported }: EventRow,
  meant: Replay['handlers'],
  known: readonly HandlerInfo[] | undefined,
): readonly string[] {
  if (typeof meant !== 'string') return meant
  if (isImported) return Object.keys(handlers)
  return known ? namesOf(known.filter((handler) => isSubscribed(handler, type))) : Object.keys(handlers)
}

function reasonAgainstName(
  handler: string,
  { type, isImported, handlers }: EventRow,
  known: readonly HandlerInfo[],
): string | undefined {
  const info = known.find(({ name }) => name === handler)
  if (!info) return 'there is no such handler'
  if (isImported && handlers[handler] === undefined) return 'it was imported for another handler'
  return isSubscribed(info, type) ? undefined : `not subscribed to ${type}`
}

function reasonInRecord(
  handler: string,
  event: EventRow,
  known: readonly HandlerInfo[] | undefined,
  isMeant: boolean,
): string | undefined {
  const outcome = event.handlers[handler]?.outcome
  if (!isMeant) return `did not fail: ${outcome ?? 'was not run'}`
  const takesOwn = known?.find(({ name }) => name === handler)?.own === 'handle'
  const isSkipped = wasOwn(event) && !takesOwn && event.resource.kind !== 'error'
  return isSkipped ? 'skips events of your own API writes' : undefined
}

import { isAboutNoResource } from '../../../shared/event/resource-of-event.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import { isLateFor, type SeenActions } from '../../../shared/ledger/ledger-slots.ts'
import type { Replay } from '../../../shared/ledger/replay.ts'
import { readLedger } from '../../../shared/ledger/resource-state.ts'
import type { HandlerInfo } from '../../bundle/read-handlers.ts'
import { type HandlerPlan, handlerPlans } from './handler-plans.ts'
import type { ReplayDeps } from './replay-deps.ts'

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
  // Its message comes back by itself, unless it was lost, or SQS moved it aside.
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

/** As `planByRecord`, with the handlers that would skip it as superseded. One read of the ledger. */
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

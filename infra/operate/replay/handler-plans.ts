import { wasOwn } from '../../../shared/event/outcomes.ts'
import { namesOf, openOf } from '../../../shared/handling/due-handlers.ts'
import { isSubscribed } from '../../../shared/handling/handler-registry.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import type { Replay } from '../../../shared/ledger/replay.ts'
import type { HandlerInfo } from '../../bundle/read-handlers.ts'

/** Whether a replay of an event is for a handler, and why not. */
export interface HandlerPlan {
  handler: string
  runs: boolean
  why?: string
}

/**
 * By the event's record alone. Whether it would be superseded, its resource's ledger tells: `planReplay`. Of handlers that are
 * not known here, only those of the record are told.
 */
export function handlerPlans(
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
  { type, handlers }: EventRow,
  meant: Replay['handlers'],
  known: readonly HandlerInfo[] | undefined,
): readonly string[] {
  if (typeof meant !== 'string') return meant
  return known ? namesOf(known.filter((handler) => isSubscribed(handler, type))) : Object.keys(handlers)
}

function reasonAgainstName(
  handler: string,
  { type }: EventRow,
  known: readonly HandlerInfo[],
): string | undefined {
  const info = known.find(({ name }) => name === handler)
  if (!info) return 'there is no such handler'
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

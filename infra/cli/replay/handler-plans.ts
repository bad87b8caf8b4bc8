import { isOpenFor } from '../../../shared/due-handlers.ts'
import type { EventRow } from '../../../shared/event-row.ts'
import { isSubscribed } from '../../../shared/handler-registry.ts'
import type { Replay } from '../../../shared/replay.ts'
import type { HandlerInfo } from '../../read-handlers.ts'

/** Whether a replay of an event is for a handler, and why not. */
export interface HandlerPlan {
  handler: string
  runs: boolean
  why?: string
}

/** By the event's record alone. Whether it would be superseded, its resource's ledger tells: `planReplay`. */
export function handlerPlans(
  event: EventRow,
  { handlers: meant }: Pick<Replay, 'handlers'>,
  known: readonly HandlerInfo[] | undefined,
): HandlerPlan[] {
  return candidates(event, meant, known).map((handler) => {
    const why = reasonAgainst(
      handler,
      event,
      meant,
      known?.find(({ name }) => name === handler),
      known !== undefined,
    )
    return why === undefined ? { handler, runs: true } : { handler, runs: false, why }
  })
}

function candidates(
  { type, handlers }: EventRow,
  meant: Replay['handlers'],
  known: readonly HandlerInfo[] | undefined,
): readonly string[] {
  if (typeof meant !== 'string') return meant
  if (!known) return Object.keys(handlers)
  return known.filter((handler) => isSubscribed(handler, type)).map(({ name }) => name)
}

function reasonAgainst(
  handler: string,
  event: EventRow,
  meant: Replay['handlers'],
  info: HandlerInfo | undefined,
  areKnown: boolean,
): string | undefined {
  if (areKnown && !info) return 'there is no such handler'
  if (info && !isSubscribed(info, event.type)) return `not subscribed to ${event.type}`
  const outcome = event.handlers[handler]?.outcome
  if (meant === 'failed' && !isOpenFor(handler, event)) return `did not fail: ${outcome ?? 'was not run'}`
  if (outcome === 'own' && info?.own !== 'handle') return 'skips events of your own API writes'
  return undefined
}

import { is } from '../../../shared/handling/event.ts'
import type { HandlerInfo } from '../../bundle/read-handlers.ts'
import type { Fault } from './send-sample.ts'

/** What the product does with such deliveries, in a sentence or two. `handlers`: undefined when they are not known. */
export function faultWords(
  fault: Fault,
  { type, handlers }: { type: string; handlers: readonly HandlerInfo[] | undefined },
): string {
  const subscribed = handlers?.filter(({ types }) => types.some((pattern) => is({ type }, pattern as '*')))
  const nobody =
    subscribed?.length === 0
      ? ` No handler subscribes to ${type}, so that what comes of it is recorded as unhandled.`
      : ''
  switch (fault) {
    case 'none':
      return `It is accepted as soon as the queue has it, and then each handler handles it once.${nobody}`
    case 'duplicate':
      return `Both are accepted, but the queue drops the second as a copy: the event is handled once.${nobody}`
    case 'late':
      return nobody
        ? `Both are accepted.${nobody}`
        : `Both are accepted, and since the newer event came first, the older one ${lateWords(subscribed)}.`
    case 'bad-signature':
      return 'It is signed with another key: it is refused with 401, only counted, and nothing of it is recorded.'
    default:
      return unreachable(fault)
  }
}

function lateWords(subscribed: readonly HandlerInfo[] | undefined): string {
  const keepToLatest = subscribed?.filter(({ order }) => order === 'latest')
  if (keepToLatest === undefined || keepToLatest.length === subscribed?.length)
    return 'is superseded: no handler sees an older state after a newer one'
  if (keepToLatest.length === 0)
    return 'is handled all the same, marked as late: that is what the order every asks for'
  const names = keepToLatest.map(({ name }) => name).join(', ')
  return `is superseded for ${names}, and handled, marked as late, by handlers of the order every`
}

function unreachable(fault: never): never {
  throw new Error(`Unknown: ${String(fault)}`)
}

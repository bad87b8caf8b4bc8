import type { Deployment } from '../api/console-api.ts'
import { isOfType } from '../feed/feed-filter.ts'

/** The type to begin with: one that some handler only wants the newest of, since there, a late event is superseded. */
export function firstType({ eventTypes, handlers }: Deployment): string {
  const takers = handlers ?? []
  const taken = (order: 'latest' | 'every') =>
    eventTypes.find((type) =>
      takers.some(
        (handler) => handler.order === order && handler.types.some((pattern) => isOfType(type, pattern)),
      ),
    )
  return taken('latest') ?? taken('every') ?? eventTypes[0] ?? ''
}

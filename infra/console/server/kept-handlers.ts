import type { Clock } from '../../../shared/runtime/clock.ts'
import type { HandlerInfo } from '../../bundle/read-handlers.ts'

const tryAgainMs = 30_000

/**
 * Reads the handlers once. When they cannot be read, they are not known, and it is tried again after half a minute: each
 * time costs a bundle.
 */
export function keptHandlers(
  clock: Pick<Clock, 'now'>,
  read: () => Promise<readonly HandlerInfo[]>,
): () => Promise<readonly HandlerInfo[] | undefined> {
  let reading: Promise<readonly HandlerInfo[] | undefined> | undefined
  let failedEpochMs: number | undefined
  return function handlers() {
    if (failedEpochMs !== undefined && clock.now() - failedEpochMs >= tryAgainMs) {
      reading = undefined
      failedEpochMs = undefined
    }
    reading ??= read().catch(() => {
      failedEpochMs = clock.now()
      return undefined
    })
    return reading
  }
}

/**
 * One text of all handlers. It changes when a handler changes, and the page then loads the handlers again. It is `?`
 * while they are not known.
 */
export function handlersText(handlers: readonly HandlerInfo[] | undefined): string {
  if (!handlers) return '?'
  return handlers
    .map(({ name, types, order, own }) => `${name} ${types.join(' ')} ${order} ${own}`)
    .join(', ')
}

import type { HandlerInfo } from '../../bundle/read-handlers.ts'

/** Another text when the handlers are others, so that who knows them asks again. `?` while they are not known. */
export function handlersText(handlers: readonly HandlerInfo[] | undefined): string {
  if (!handlers) return '?'
  return handlers
    .map(({ name, types, order, own }) => `${name} ${types.join(' ')} ${order} ${own}`)
    .join(', ')
}

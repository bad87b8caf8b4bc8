import { splitType } from './resource-of-event.ts'

/** Something that takes events of types and patterns of types. */
interface Subscribed {
  readonly types: readonly string[]
}

/** Whether the handler is subscribed to events of `type`. */
export function isSubscribed(handler: Subscribed, type: string): boolean {
  return handler.types.some((pattern) => matchesPattern(pattern, type))
}

/** Whether the handler is subscribed to every action of `kind`, known or not. */
export function isSubscribedToAll(handler: Subscribed, kind: string): boolean {
  return handler.types.some((pattern) => pattern === '*' || pattern === `${kind}.*`)
}

/** Whether it can be a pattern, of types that may exist or not. */
export function isPattern(type: unknown): boolean {
  return typeof type === 'string' && (type === '*' || /^[^*\s]+(\.\*)?$/.test(type))
}

/** `matter.updated`, `contact.*`, `*` */
export function matchesPattern(pattern: string, type: string): boolean {
  if (pattern === '*' || pattern === type) return true
  const { kind, action } = splitType(type)
  return action !== undefined && pattern === `${kind}.*`
}

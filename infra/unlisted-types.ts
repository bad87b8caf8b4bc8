import { closestMatch } from 'leven'
import type { Handler } from '../shared/handler-registry.ts'
import { splitType } from '../shared/resource-of-event.ts'
import eventTypes from './codegen/smokeball/event-types.json' with { type: 'json' }

/** All event types that are known, and how each is known. */
export const knownTypes: readonly { type: string; isDocumented: boolean }[] = eventTypes.map(
  ({ type, inCurrentDocsList }) => ({ type, isDocumented: inCurrentDocsList }),
)

const knownPatterns = [
  '*',
  ...knownTypes.map(({ type }) => type),
  ...new Set(knownTypes.map(({ type }) => `${splitType(type).kind}.*`)),
]

/**
 * One line for each type that handlers name and Smokeball does not document: right for a new type, wrong for a typo, and
 * of no use where the account is not offered it.
 */
export function unlistedTypeWarnings(handlers: readonly Pick<Handler, 'name' | 'types'>[]): string[] {
  return handlers.flatMap(({ name, types }) =>
    types.flatMap((type) => {
      const odd = isUndocumented(type)
        ? `'${type}' is a type that Smokeball does not document: an account may not be offered it, and then none comes. ` +
          'See: npm run webhooks -- types'
        : unlistedText(type)
      return odd === undefined ? [] : [`Handler '${name}': ${odd}`]
    }),
  )
}

/** A `noop` comes on demand: no list has to name it. */
function isUndocumented(given: string): boolean {
  return knownTypes.some(({ type, isDocumented }) => type === given && !isDocumented && type !== 'noop')
}

/**
 * What to say of a type, or of a pattern of types, that is not known, with what may have been meant. Undefined for one that
 * is: what was delivered may be of a type that nobody has listed, so it is no error.
 */
export function unlistedText(type: string): string | undefined {
  if (knownPatterns.includes(type)) return undefined
  return `'${type}' is not on Smokeball's list.${didYouMean(type, knownPatterns)}`
}

/** ` Did you mean 'matter.updated'?`, or nothing when no candidate is near. */
export function didYouMean(given: string, candidates: readonly string[]): string {
  const maxDistance = Math.max(2, Math.floor(given.length / 3))
  const lower = given.toLowerCase()
  const nearest =
    candidates.find((candidate) => candidate.toLowerCase() === lower) ??
    closestMatch(given, candidates, { maxDistance })
  return nearest === undefined ? '' : ` Did you mean '${nearest}'?`
}

import { closestMatch } from 'leven'
import type { Handler } from '../shared/handler-registry.ts'
import { knownEventTypes } from '../shared/payloads.generated.ts'
import { splitType } from '../shared/resource-of-event.ts'

const knownPatterns = [
  '*',
  ...knownEventTypes,
  ...new Set(knownEventTypes.map((type) => `${splitType(type).kind}.*`)),
]

/** One line for each type that handlers name and Smokeball's list does not: right for a new type, wrong for a typo. */
export function unlistedTypeWarnings(handlers: readonly Pick<Handler, 'name' | 'types'>[]): string[] {
  return handlers.flatMap(({ name, types }) =>
    types
      .filter((type) => !knownPatterns.includes(type))
      .map(
        (type) =>
          `Handler '${name}': '${type}' is not on Smokeball's list.${didYouMean(type, knownPatterns)}`,
      ),
  )
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

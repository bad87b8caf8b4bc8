import { splitType } from '../../shared/resource-of-event.ts'

/**
 * What to subscribe to, sorted: exact types as they are, `contact.*` and `*` as the known types that they stand for.
 * `standsForNone` is told of a pattern such as `bogus.*`.
 */
export function subscribedTypes(
  patterns: readonly string[],
  known: readonly string[],
  standsForNone: (pattern: string) => void = () => {},
): string[] {
  const types = patterns.flatMap((pattern) => {
    if (pattern === '*') return known
    if (!pattern.endsWith('.*')) return [pattern]
    const ofKind = known.filter((type) => splitType(type).kind === pattern.slice(0, -2))
    if (ofKind.length === 0) standsForNone(pattern)
    return ofKind
  })
  return [...new Set(types)].filter((type) => type !== '-').sort()
}

import { splitType } from '../../shared/resource-of-event.ts'

/** What to subscribe to, sorted: exact types as they are, `contact.*` and `*` as the known types that they stand for. */
export function subscribedTypes(patterns: readonly string[], known: readonly string[]): string[] {
  const types = patterns.flatMap((pattern) => {
    if (pattern === '*') return known
    if (!pattern.endsWith('.*')) return [pattern]
    return known.filter((type) => splitType(type).kind === pattern.slice(0, -2))
  })
  return [...new Set(types)].filter((type) => type !== '-').sort()
}

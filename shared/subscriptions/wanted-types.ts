import { systemEventTypes } from '../event/payloads.generated.ts'
import { matchesPattern } from '../event/type-patterns.ts'
import { systemAccountId } from '../smokeball-api/account.ts'

/** What to subscribe to, and what handlers ask for in vain. */
export interface WantedTypes {
  /** Sorted. */
  types: string[]
  /** Patterns that stand for no type on offer: they are left out, since Smokeball refuses a subscription for what it does not know. */
  leftOut: string[]
}

/**
 * The types on offer that patterns (`matter.updated`, `contact.*`, `*`) stand for. For the system account, those of system
 * events alone. `noop` is not subscribed to: it comes on demand.
 */
export function wantedTypes(
  accountId: string,
  patterns: readonly string[],
  offered: readonly string[],
): WantedTypes {
  const isSystem = (type: string) => systemEventTypes.includes(type)
  const known = accountId === systemAccountId ? offered.filter(isSystem) : offered
  const found = patterns.map((pattern) => ({
    pattern,
    types: known.filter((type) => matchesPattern(pattern, type)),
  }))
  return {
    types: [...new Set(found.flatMap(({ types }) => types))].sort(),
    leftOut: found
      .filter(({ pattern, types }) => types.length === 0 && !isAnswered(pattern))
      .map(({ pattern }) => pattern),
  }

  /** Patterns of a firm's events are no mistake on the system account, where nobody expects them. */
  function isAnswered(pattern: string): boolean {
    return (
      pattern === 'noop' ||
      (accountId === systemAccountId && offered.some((type) => matchesPattern(pattern, type)))
    )
  }
}

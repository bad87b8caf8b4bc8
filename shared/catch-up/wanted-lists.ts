import { matchesPattern } from '../event/type-patterns.ts'
import { changeLists, matterLists, type TellingList } from '../smokeball-api/lists.ts'

/** Whether a handler takes events of this type. `patterns`: what all handlers subscribe to. */
export function isWantedBy(patterns: readonly string[]): (type: string) => boolean {
  return (type) => patterns.some((pattern) => matchesPattern(pattern, type))
}

/** All lists that can be walked, the firm-wide ones first. */
export const tellingLists: readonly TellingList[] = [...changeLists, ...matterLists]

/** The lists that can tell of something that a handler takes. */
export function wantedLists(patterns: readonly string[]): readonly TellingList[] {
  const isWanted = isWantedBy(patterns)
  return tellingLists.filter(({ kind, created }) =>
    ['updated', 'deleted', ...(created ? ['created'] : [])].some((action) => isWanted(`${kind}.${action}`)),
  )
}

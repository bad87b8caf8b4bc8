import { matchesPattern } from '../event/type-patterns.ts'
import { type ChangeList, changeLists } from '../smokeball-api/lists.ts'

/** Whether a handler takes events of this type. `patterns`: what all handlers subscribe to. */
export function isWantedBy(patterns: readonly string[]): (type: string) => boolean {
  return (type) => patterns.some((pattern) => matchesPattern(pattern, type))
}

/** The lists that can tell of something that a handler takes. */
export function wantedLists(patterns: readonly string[]): readonly ChangeList[] {
  const isWanted = isWantedBy(patterns)
  return changeLists.filter(({ kind }) => isWanted(`${kind}.updated`) || isWanted(`${kind}.deleted`))
}

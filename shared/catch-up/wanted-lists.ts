import { knownEventTypes } from '../event/payloads.generated.ts'
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

/**
 * The kinds among these lists of which a walk passes by what nothing was ever delivered of: it may be new, and no handler takes
 * its creation. Where rows tell when their resource was created, only what is new is passed by, and its kind is not among them.
 */
export function kindsOnlySeen(patterns: readonly string[], lists: readonly TellingList[]): string[] {
  const isWanted = isWantedBy(patterns)
  const isPassedBy = (created: string) => knownEventTypes.includes(created) && !isWanted(created)
  return lists.filter((list) => !list.created && isPassedBy(`${list.kind}.created`)).map(({ kind }) => kind)
}

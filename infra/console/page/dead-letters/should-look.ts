import type { DeadLetters } from '../api/console-api.ts'

/**
 * Whether there are other dead letters than those that were seen. `depth`: how many the queue counts; `before`: the same
 * at the last look, which may have missed what somebody else was looking at.
 */
export function shouldLook(
  depth: number | undefined,
  before: number | undefined,
  seen: Pick<DeadLetters, 'count' | 'elsewhere'> | undefined,
): boolean {
  return depth !== undefined && depth !== before && depth !== seen?.count
}

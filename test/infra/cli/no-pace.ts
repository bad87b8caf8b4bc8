/**
 * In place of `token-bucket.ts`: the fake Smokeball has no limit of its rate unless a test gives it one, so that commands
 * need not wait for theirs.
 */
import type { TokenBucket } from '../../../shared/smokeball-api/token-bucket.ts'

export function tokenBucket(): TokenBucket {
  return { take: async () => ({ kind: 'taken', waitMs: 0 }) }
}

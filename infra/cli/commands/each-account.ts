import { explained } from '../../operate/explained.ts'
import { terminal } from '../../terminal/terminal.ts'
import type { Run } from './on-deployment.ts'

/** What came of an account, or why nothing did. */
export type OfAccount<T> = { accountId: string } & (T | { problem: string })

/**
 * Does the same for several accounts, one after the other: they share one rate. One that fails does not stop the others; it
 * is told of, and makes the exit code 1. Throws what is nobody's to mend.
 */
export async function eachAccount<T extends object>(
  { out, next }: Run,
  accountIds: readonly string[],
  work: (accountId: string) => Promise<T>,
): Promise<OfAccount<T>[]> {
  const done: OfAccount<T>[] = []
  for (const accountId of accountIds) {
    try {
      done.push({ accountId, ...(await work(accountId)) })
    } catch (error) {
      const problem = explained(error, next)
      if (problem === undefined) throw error
      out.warn(accountIds.length > 1 ? `${accountId}: ${problem}` : problem)
      terminal().exitCode = 1
      done.push({ accountId, problem })
    }
  }
  return done
}

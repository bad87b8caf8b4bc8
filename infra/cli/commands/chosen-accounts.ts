import { shellWord } from '../../../shared/runtime/command-line.ts'
import { type Account, isAccountId, systemAccountId } from '../../../shared/smokeball-api/account.ts'
import { callLimit } from '../../operate/deployment.ts'
import { explained } from '../../operate/explained.ts'
import { terminal } from '../../terminal/terminal.ts'
import { NotUnderstood, UsageError } from '../../terminal/usage-error.ts'
import type { Run } from './on-deployment.ts'

/** The accounts that are connected, by their ids. */
export function connectedAccounts({ deps }: Run): Promise<Account[]> {
  return deps.access.accounts.list(callLimit().signal)
}

/** The account that was named, else all that are connected. Throws `UsageError` when there is none. */
export async function chosenAccounts(run: Run, given: string | undefined): Promise<string[]> {
  if (given !== undefined) return [checkedAccountId(given)]
  const ids = (await connectedAccounts(run)).map(({ accountId }) => accountId)
  if (ids.length > 0) return ids
  throw new UsageError(
    `No account is connected yet. Connect one: ${run.next({ command: 'connect', options: { account: 'ACCOUNT_ID' } })}`,
  )
}

/** The account that was named, else the one firm that is connected. Throws `UsageError` unless that is one. */
export async function chosenAccount(run: Run, given: string | undefined): Promise<string> {
  const ids = await chosenAccounts(run, given)
  const firms = ids.filter((id) => id !== systemAccountId)
  const [one = '', ...others] = firms.length > 0 ? firms : ids
  if (others.length === 0) return one
  throw new UsageError(
    `Several accounts are connected. Say which: --account ${firms.map(shellWord).join(' or ')}`,
  )
}

/** Account ids are opaque. Throws `NotUnderstood` for what cannot be one. */
export function checkedAccountId(text: string): string {
  if (isAccountId(text)) return text
  throw new NotUnderstood(`'${text}' cannot be an account id.`)
}

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

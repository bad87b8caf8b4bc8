import { shellWord } from '../../../shared/runtime/command-line.ts'
import { type Account, isAccountId, systemAccountId } from '../../../shared/smokeball-api/account.ts'
import { callLimit } from '../../operate/call-limit.ts'
import { NotUnderstood } from '../../terminal/not-understood.ts'
import { UsageError } from '../../terminal/usage-error.ts'
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

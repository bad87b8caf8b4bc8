import type { Account } from '../../../shared/smokeball-api/account.ts'
import { table, time } from '../terminal/output.ts'
import { connectedAccounts } from './chosen-accounts.ts'
import { command } from './command.ts'
import { onDeployment } from './on-deployment.ts'

/** Lists the accounts that are connected, with what the last look at their subscriptions came to. */
export const accountsList = command('list', 'Lists the accounts that are connected.', [
  'accounts list',
  'accounts list --stage dev --json',
]).action(
  onDeployment(async (run) => {
    const accounts = await connectedAccounts(run)
    run.out.result(
      accounts.map(asJson),
      lines(accounts, run.next({ command: 'connect', options: { account: 'ACCOUNT_ID' } })),
    )
  }),
)

function asJson({ accountId, addedEpochMs, hasRefreshToken, subscription, lastCheck }: Account): object {
  return {
    ...{ accountId, added: new Date(addedEpochMs).toISOString() },
    connectedBy: hasRefreshToken ? 'refresh token' : 'client',
    ...(subscription && { subscription }),
    ...(lastCheck && {
      lastCheck: {
        ...{ at: new Date(lastCheck.atEpochMs).toISOString(), outcome: lastCheck.outcome },
        ...(lastCheck.problem !== undefined && { problem: lastCheck.problem }),
      },
    }),
  }
}

function lines(accounts: readonly Account[], toConnect: string): string[] {
  if (accounts.length === 0) return [`No account is connected yet. Connect one: ${toConnect}`]
  const rows = accounts.map(({ accountId, addedEpochMs, hasRefreshToken, subscription, lastCheck }) => [
    ...[accountId, time(addedEpochMs), hasRefreshToken ? 'refresh token' : 'client'],
    subscription?.id ?? '-',
    lastCheck ? `${lastCheck.outcome} ${time(lastCheck.atEpochMs)}` : 'not yet',
  ])
  const problems = accounts.flatMap(({ accountId, lastCheck }) =>
    lastCheck?.problem === undefined ? [] : [`${accountId}: ${lastCheck.problem}`],
  )
  return [
    ...table(['Account', 'Added (UTC)', 'Connected by', 'Subscription', 'Last check (UTC)'], rows),
    ...problems,
  ]
}

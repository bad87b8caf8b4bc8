import type { Account } from '../../../shared/smokeball-api/account.ts'
import { MissingApiCredentials } from '../../../shared/smokeball-api/api-credentials.ts'
import { whileHeld } from '../../../shared/subscriptions/keep-subscription.ts'
import { isOwnUrl, urlsOfOthers } from '../../../shared/subscriptions/own-urls.ts'
import { proveRefreshToken } from '../../../shared/subscriptions/prove-refresh-token.ts'
import { removeIfThere } from '../../../shared/subscriptions/webhooks-api.ts'
import { callLimit } from '../../operate/deployment.ts'
import { explained } from '../../operate/explained.ts'
import { saveCredentials } from '../../operate/keys/credentials.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { neverAnArgument, readCredential } from '../terminal/credentials.ts'
import { table, time } from '../terminal/output.ts'
import { accountsExport } from './accounts/export.ts'
import { accountsPurge } from './accounts/purge.ts'
import { checkedAccountId, connectedAccounts } from './chosen-accounts.ts'
import { changingCommand, group, reading } from './command.ts'
import { onDeployment, type Run } from './on-deployment.ts'

/** Lists the accounts that are connected, with what the last look at their subscriptions came to. */
const accountsList = reading('list', 'Lists the accounts that are connected.', [
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
    accountId,
    added: new Date(addedEpochMs).toISOString(),
    connectedBy: hasRefreshToken ? 'refresh token' : 'client',
    ...(subscription && { subscription }),
    ...(lastCheck && {
      lastCheck: {
        at: new Date(lastCheck.atEpochMs).toISOString(),
        outcome: lastCheck.outcome,
        ...(lastCheck.problem !== undefined && { problem: lastCheck.problem }),
      },
    }),
  }
}

function lines(accounts: readonly Account[], toConnect: string): string[] {
  if (accounts.length === 0) return [`No account is connected yet. Connect one: ${toConnect}`]
  const rows = accounts.map(({ accountId, addedEpochMs, hasRefreshToken, subscription, lastCheck }) => [
    accountId,
    time(addedEpochMs),
    hasRefreshToken ? 'refresh token' : 'client',
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

/** Connects an account; its subscription is made by the next `subscriptions ensure`. */
const accountsAdd = changingCommand(
  'add <account>',
  'Connects an account. Its subscription is made by `subscriptions ensure`, or by the keeper within the hour.',
  [
    'accounts add 1e53979d-9269-4159-b104-2e603670f59d --stage prod',
    'accounts add 1e53979d-9269-4159-b104-2e603670f59d --stage prod --refresh-token < token.txt',
  ],
)
  .option(
    '--refresh-token',
    "asks for the firm's refresh token, or reads it from stdin (else: the client's credentials)",
  )
  .allowExcessArguments()
  .hook('preAction', (command) => {
    const { args } = command
    if (args.length > 1) throw neverAnArgument('refresh-token', command.opts())
    checkedAccountId(args[0] ?? '')
  })
  .action(
    onDeployment<{ refreshToken?: boolean }>(async (run, { refreshToken }, accountId = '') => {
      const token = refreshToken ? await readCredential('refresh-token') : undefined
      await addAccount(run, accountId, token)
      run.out.result({ accountId, connectedBy: token === undefined ? 'client' : 'refresh token' }, [
        `Connected${token === undefined ? '' : ', with its refresh token, which is stored sealed'}.`,
        `Next: ${run.next({ command: 'subscriptions ensure', options: { account: accountId } })}`,
      ])
    }),
  )

/** Connects it, or leaves it connected; a refresh token that works takes the place of the one before. */
export async function addAccount(
  run: Run,
  accountId: string,
  refreshToken: string | undefined,
): Promise<void> {
  const { access } = run.deps
  if (refreshToken === undefined) return access.accounts.add(accountId, callLimit().signal)
  // The key to seal with has to be there.
  await saveCredentials(run.deployment, {})
  const token = await access.candidate(accountId, refreshToken)
  try {
    await proveRefreshToken(token, accountId, callLimit())
  } catch (error) {
    // Before there are credentials, Smokeball cannot be asked: the subscription proves it then, unless one that works is there.
    if (!(error instanceof MissingApiCredentials) || (await hasRefreshToken(run, accountId))) throw error
  }
  await token.store()
}

async function hasRefreshToken(run: Run, accountId: string): Promise<boolean> {
  const known = await connectedAccounts(run)
  return known.some((each) => each.accountId === accountId && each.hasRefreshToken)
}

/** Takes back what `accounts add` and `subscriptions ensure` did. */
const accountsRemove = changingCommand(
  'remove <account>',
  "Deletes the account's subscriptions of this deployment's URL, and forgets the account and its refresh token.",
  [
    'accounts remove 1e53979d-9269-4159-b104-2e603670f59d --stage prod',
    'accounts remove 1e53979d-9269-4159-b104-2e603670f59d --stage prod --force',
  ],
)
  .option(
    '--keep-subscription',
    'leaves its subscription at Smokeball: events go on coming, and are dropped where connected accounts alone are taken',
  )
  .option('--force', 'forgets the account even if its subscription cannot be deleted')
  .hook('preAction', ({ args }) => void checkedAccountId(args[0] ?? ''))
  .action(
    onDeployment<{ keepSubscription?: boolean; force?: boolean }>(async (run, options, accountId = '') => {
      const { deps, out } = run
      const account = (await connectedAccounts(run)).find((each) => each.accountId === accountId)
      if (!account)
        throw new UsageError(`${accountId} is not connected. What is: ${run.next('accounts list')}`)
      const deleted = options.keepSubscription ? [] : await deleteAll(run, accountId, options.force === true)
      // Once more does no harm.
      await deps.access.accounts.remove(accountId, callLimit().signal)
      out.result({ accountId, deletedSubscriptions: deleted }, [
        ...deleted.map((id) => `Deleted subscription ${id}.`),
        'Forgotten.',
      ])
    }),
  )

async function deleteAll(run: Run, accountId: string, isForced: boolean): Promise<string[]> {
  try {
    return await deleteSubscriptions(run, accountId)
  } catch (error) {
    const why = explained(error, run.next)
    if (why === undefined) throw error
    if (!isForced)
      throw new UsageError(
        `The subscription could not be deleted, and the account stays connected: ${why} To forget the account all the same: ` +
          run.next({ command: 'accounts remove', options: { force: true }, positionals: [accountId] }),
        { cause: error },
      )
    run.out.warn(`Its subscription stays at Smokeball: ${why}`)
    return []
  }
}

/** Until the account is forgotten nobody else is at it, or the keeper would make them again. */
async function deleteSubscriptions({ deps, out }: Run, accountId: string): Promise<string[]> {
  const others = await urlsOfOthers(deps)
  return whileHeld(deps, accountId, callLimit(), async ({ subscription: kept }, api) => {
    // If the client does not act for this account, the API lists the client's own subscriptions instead.
    const listed = (await api.list()).filter((each) => ['', accountId].includes(each.accountId))
    const found = listed.filter(({ url }) => isOwnUrl(deps, url) || url === kept?.url)
    const ours = found.filter(({ url }) => !others.includes(url))
    for (const { id, url } of found.filter((each) => !ours.includes(each)))
      out.warn(
        `Subscription ${id} stays: ${url} leads to the receiver of another deployment, which may use it.`,
      )
    for (const { id } of ours) await removeIfThere(api, id)
    await deps.access.accounts.remove(accountId, callLimit().signal)
    return { result: ours.map(({ id }) => id), outcome: 'updated' }
  })
}

/** The firms of a deployment. */
export const accounts = group('accounts', 'Lists, connects and removes firms', [
  accountsAdd,
  accountsExport,
  accountsList,
  accountsPurge,
  accountsRemove,
])

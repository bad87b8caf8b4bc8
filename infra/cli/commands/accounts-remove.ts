import { whileHeld } from '../../../shared/subscriptions/keep-subscription.ts'
import { removeSubscription } from '../../operate/accounts/remove-subscription.ts'
import { callLimit } from '../../operate/call-limit.ts'
import { explained } from '../../operate/explained.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { checkedAccountId, connectedAccounts } from './chosen-accounts.ts'
import { command } from './command.ts'
import { onDeployment, type Run } from './on-deployment.ts'

/** Takes back what `accounts add` and `subscriptions ensure` did. */
export const accountsRemove = command(
  'remove <account>',
  "Deletes the account's subscriptions of this deployment's URL, and forgets the account and its refresh token.",
  [
    'accounts remove 1e53979d-9269-4159-b104-2e603670f59d',
    'accounts remove 1e53979d-9269-4159-b104-2e603670f59d --force',
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
function deleteSubscriptions({ deps }: Run, accountId: string): Promise<string[]> {
  return whileHeld(deps, accountId, callLimit(), async ({ subscription: kept }, api) => {
    // To an account that a client for one is not of, the API shows those of its own.
    const listed = (await api.list()).filter((each) => ['', accountId].includes(each.accountId))
    const ours = listed.filter(({ url }) => url === deps.callbackUrl || url === kept?.url)
    for (const { id } of ours) await removeSubscription(api, id)
    await deps.access.accounts.remove(accountId, callLimit().signal)
    return { result: ours.map(({ id }) => id), outcome: 'updated' }
  })
}

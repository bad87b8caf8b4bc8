import type { Subscription } from '../../../shared/subscriptions/webhooks-api.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { askWhether, isInteractive } from '../terminal/ask.ts'
import { chosenAccount } from './chosen-accounts.ts'
import { command } from './command.ts'
import { onDeployment } from './on-deployment.ts'
import { webhooksOf } from './own-subscription.ts'

/** Deletes one subscription. What is kept of the deployment's own may stay: it makes that one anew. */
export const subscriptionsDelete = command(
  'delete <id>',
  'Deletes a subscription. Asks before; without a terminal, --yes says so.',
  ['subscriptions delete 5f0c4c61-0c2e-4f4b-9a55-0a7a1de7a9d3 --yes'],
)
  .option('--account <id>', 'of this account (needed if several are connected)')
  .option('--yes', 'does not ask')
  .action(
    onDeployment<{ account?: string; yes?: boolean }>(async (run, { account, yes }, id = '') => {
      const { deps, out, next } = run
      const accountId = await chosenAccount(run, account)
      const found = (await webhooksOf(run, accountId).list()).find((each) => each.id === id)
      if (!found)
        throw new UsageError(
          `This account has no subscription ${id} of your client. See: ${next('subscriptions list')}`,
        )
      if (!yes) await confirm(found)
      // Asking may have taken all of the time.
      await webhooksOf(run, accountId).remove(id)
      if (found.url === deps.callbackUrl)
        out.warn(
          'It was the one of this deployment, which makes it anew when it next looks. To end that: ' +
            next({ command: 'accounts remove', positionals: [accountId] }),
        )
      out.result({ accountId, deleted: id }, [`Deleted ${id}.`])
    }),
  )

async function confirm({ id, url, eventTypes }: Subscription): Promise<void> {
  if (!isInteractive()) throw new UsageError(`Say --yes to delete ${id} (${url}).`)
  if (!(await askWhether(`Delete ${id} (${url}: ${eventTypes.join(', ')})?`)))
    throw new UsageError('Nothing was deleted.')
}

import { isOwnUrl } from '../../../shared/subscriptions/own-urls.ts'
import type { Subscription } from '../../../shared/subscriptions/webhooks-api.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { askWhether, isInteractive } from '../terminal/ask.ts'
import { chosenAccount, chosenAccounts, eachAccount } from './chosen-accounts.ts'
import { changingCommand, group, reading } from './command.ts'
import { onDeployment } from './on-deployment.ts'
import { subscriptionsCreate, subscriptionsUpdate } from './subscriptions/change.ts'
import {
  callbackUrl,
  ensureAccounts,
  patternsOf,
  type SubscriptionOptions,
  warnOfKeeper,
  webhooksOf,
} from './subscriptions/own-subscription.ts'

type Listed = Subscription & { isOurs: boolean }

/** Lists what Smokeball has, of other URLs too. */
const subscriptionsList = reading(
  'list',
  "Lists your client's subscriptions; * marks those of this deployment's URLs.",
  ['subscriptions list', 'subscriptions list --account 1e53979d-9269-4159-b104-2e603670f59d --json'],
)
  .option('--account <id>', 'of this account (all that are connected)')
  .action(
    onDeployment<{ account?: string }>(async (run, { account }) => {
      const { deps } = run
      const listed = await eachAccount(run, await chosenAccounts(run, account), async (accountId) => {
        const there = await webhooksOf(run, accountId).list()
        return { subscriptions: there.map((each) => ({ ...each, isOurs: isOwnUrl(deps, each.url) })) }
      })
      run.out.result(
        listed,
        listed.flatMap((each) => ('problem' in each ? [] : lines(each))),
      )
    }),
  )

function lines({ accountId, subscriptions }: { accountId: string; subscriptions: Listed[] }): string[] {
  if (subscriptions.length === 0) return [`${accountId}: no subscription`]
  return [
    accountId,
    ...subscriptions.flatMap(({ id, name, url, eventTypes, isOurs }) => [
      `${isOurs ? '*' : ' '} ${id}  ${url}  ${name}`,
      `    ${eventTypes.join(', ')}`,
    ]),
  ]
}

interface EnsureOptions extends SubscriptionOptions {
  removeDuplicates?: boolean
}

/** What the keeper does every hour, now. */
const subscriptionsEnsure = changingCommand(
  'ensure',
  "Sees to it that each account has one subscription of this deployment's URL, with the types that the handlers want and the " +
    'signing key. Changes only what is not right.',
  [
    'subscriptions ensure --stage prod',
    'subscriptions ensure --account 1e53979d-9269-4159-b104-2e603670f59d --stage prod --remove-duplicates',
    'subscriptions ensure --local --url https://YOUR-TUNNEL/smokeball',
  ],
)
  .option('--account <id>', 'for this account (all that are connected)')
  .option(
    '--types <types>',
    'these, with commas between, such as matter.updated,contact.* (those that the handlers want)',
  )
  .option('--name <name>', 'its name (as it is)')
  .option('--url <url>', "another URL than the deployment's; stays until changed")
  .option('--remove-duplicates', 'deletes further subscriptions of the URL')
  .action(
    onDeployment<EnsureOptions>(async (run, options) => {
      const { account, name, removeDuplicates = false } = options
      const patterns = patternsOf(options)
      const url = await callbackUrl(run, options.url)
      const accountIds = await chosenAccounts(run, account)
      const ensured = await ensureAccounts(run, accountIds, {
        removeDuplicates,
        ...(options.url !== undefined && { url }),
        ...(name !== undefined && { name }),
        ...(patterns && { patterns }),
      })
      warnOfKeeper(run, url, patterns)
      run.out.result(ensured)
    }),
  )

/** Deletes one subscription. What is kept of the deployment's own may stay: it makes that one anew. */
const subscriptionsDelete = changingCommand(
  'delete <id>',
  'Deletes a subscription. Asks before; without a terminal, --yes says so.',
  ['subscriptions delete 5f0c4c61-0c2e-4f4b-9a55-0a7a1de7a9d3 --stage prod --yes'],
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
      if (isOwnUrl(deps, found.url))
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

/** What Smokeball has of a deployment. */
export const subscriptions = group('subscriptions', 'Shows and changes what Smokeball sends where', [
  subscriptionsList,
  subscriptionsEnsure,
  subscriptionsCreate,
  subscriptionsUpdate,
  subscriptionsDelete,
])

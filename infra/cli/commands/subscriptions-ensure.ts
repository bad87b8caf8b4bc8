import { callbackUrl } from './callback-url.ts'
import { chosenAccounts } from './chosen-accounts.ts'
import { command } from './command.ts'
import { ensureAccounts } from './ensure-accounts.ts'
import { onDeployment } from './on-deployment.ts'
import { patternsOf, type SubscriptionOptions, warnOfKeeper } from './subscription-options.ts'

interface EnsureOptions extends SubscriptionOptions {
  removeDuplicates?: boolean
}

/** What the keeper does every hour, now. */
export const subscriptionsEnsure = command(
  'ensure',
  "Sees to it that each account has one subscription of this deployment's URL, with the types that the handlers want and the " +
    'signing key. Changes only what is not right.',
  [
    'subscriptions ensure',
    'subscriptions ensure --account 1e53979d-9269-4159-b104-2e603670f59d --remove-duplicates',
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
        ...{ removeDuplicates, ...(options.url !== undefined && { url }) },
        ...(name !== undefined && { name }),
        ...(patterns && { patterns }),
      })
      warnOfKeeper(run, url, patterns)
      run.out.result(ensured)
    }),
  )

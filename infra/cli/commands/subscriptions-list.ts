import type { Subscription } from '../../../shared/subscriptions/webhooks-api.ts'
import { chosenAccounts } from './chosen-accounts.ts'
import { command } from './command.ts'
import { eachAccount } from './each-account.ts'
import { onDeployment } from './on-deployment.ts'
import { webhooksOf } from './own-subscription.ts'

type Listed = Subscription & { isOurs: boolean }

/** Lists what Smokeball has, of other URLs too. */
export const subscriptionsList = command(
  'list',
  "Lists your client's subscriptions; * marks those of this deployment's URL.",
  ['subscriptions list', 'subscriptions list --account 1e53979d-9269-4159-b104-2e603670f59d --json'],
)
  .option('--account <id>', 'of this account (all that are connected)')
  .action(
    onDeployment<{ account?: string }>(async (run, { account }) => {
      const { deps } = run
      const listed = await eachAccount(run, await chosenAccounts(run, account), async (accountId) => {
        const there = await webhooksOf(run, accountId).list()
        return { subscriptions: there.map((each) => ({ ...each, isOurs: each.url === deps.callbackUrl })) }
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

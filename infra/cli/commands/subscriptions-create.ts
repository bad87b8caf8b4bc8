import type { SigningKey } from '../../../shared/signing/webhook-secret.ts'
import { currentKey } from '../../../shared/subscriptions/keep-subscription.ts'
import type { Subscription, WebhooksApi } from '../../../shared/subscriptions/webhooks-api.ts'
import { callLimit } from '../../operate/call-limit.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { callbackUrl } from './callback-url.ts'
import { chosenAccount } from './chosen-accounts.ts'
import { command } from './command.ts'
import { onDeployment, type Run } from './on-deployment.ts'
import { changeOwn, webhooksOf } from './own-subscription.ts'
import { expanded, patternsOf, type SubscriptionOptions, warnOfKeeper } from './subscription-options.ts'

interface CreateOptions extends SubscriptionOptions {
  another?: boolean
}

/** Makes a subscription, whatever there is. `ensure` is what is mostly wanted. */
export const subscriptionsCreate = command(
  'create',
  'Makes another subscription. (`subscriptions ensure` makes one only where there is none.)',
  ['subscriptions create --url https://example.com/hook --types matter.updated'],
)
  .option('--account <id>', 'of this account (needed if several are connected)')
  .option(
    '--types <types>',
    'with commas between, such as matter.updated,contact.* (those that the handlers want)',
  )
  .option('--name <name>', "its name (the deployment's)")
  .option('--url <url>', "another URL than the deployment's")
  .option('--another', 'even if there is one of that URL: each event then comes twice')
  .action(
    onDeployment<CreateOptions>(async (run, options) => {
      const patterns = patternsOf(options)
      const url = await callbackUrl(run, options.url)
      const accountId = await chosenAccount(run, options.account)
      const make = (api: WebhooksApi) => create(run, api, { accountId, url, patterns, options })
      const isOurs = url === run.deps.callbackUrl && !options.another
      const { subscription: created } = isOurs
        ? await changeOwn(run, accountId, 'created', async (api) => {
            const { subscription, key } = await make(api)
            const { id, eventTypes } = subscription
            const kept = { id, url, eventTypes, keyFingerprint: key.fingerprint }
            return { result: { subscription }, subscription: kept }
          })
        : await make(webhooksOf(run, accountId))
      warnOfKeeper(run, url, patterns)
      run.out.result(created, [`Created ${created.id}: ${created.eventTypes.join(', ')}`])
    }),
  )

interface Wanted {
  accountId: string
  url: string
  patterns: readonly string[] | undefined
  options: CreateOptions
}

async function create(
  run: Run,
  api: WebhooksApi,
  { accountId, url, patterns, options }: Wanted,
): Promise<{ subscription: Subscription; key: SigningKey }> {
  const there = (await api.list()).find((each) => each.url === url)
  if (there && !options.another)
    throw new UsageError(
      `There is a subscription of ${url} already: ${there.id}. To see to it: ${run.next('subscriptions ensure')}. With another one, ` +
        'each event comes twice: --another makes it all the same.',
    )
  const key = await currentKey(run.deps, callLimit().signal)
  const eventTypes = expanded(run, accountId, patterns, await api.types())
  const subscription = await api.create({
    ...{ key: key.text, eventTypes, eventNotificationUrl: url },
    name: options.name ?? run.deps.subscriptionName,
  })
  return { subscription, key }
}

import { asKept, currentKey } from '../../../shared/subscriptions/keep-subscription.ts'
import type { Subscription, WebhooksApi } from '../../../shared/subscriptions/webhooks-api.ts'
import { callLimit } from '../../operate/call-limit.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { callbackUrl } from './callback-url.ts'
import { chosenAccount } from './chosen-accounts.ts'
import { command } from './command.ts'
import { onDeployment, type Run } from './on-deployment.ts'
import { changeOwn, webhooksOf } from './own-subscription.ts'
import { expanded, patternsOf, type SubscriptionOptions, warnOfKeeper } from './subscription-options.ts'

/** Changes a subscription, and gives it the key in any case. */
export const subscriptionsUpdate = command(
  'update <id>',
  "Changes what is named of a subscription, and sends this deployment's signing key again. What is not named stays.",
  [
    'subscriptions update 5f0c4c61-0c2e-4f4b-9a55-0a7a1de7a9d3 --types matter.*',
    'subscriptions update 5f0c4c61-0c2e-4f4b-9a55-0a7a1de7a9d3 --name "Matters to CRM"',
  ],
)
  .option('--account <id>', 'of this account (needed if several are connected)')
  .option('--types <types>', 'with commas between, such as matter.updated,contact.*')
  .option('--name <name>', 'its name')
  .option('--url <url>', 'where its events go')
  .action(
    onDeployment<SubscriptionOptions>(async (run, options, id = '') => {
      const patterns = patternsOf(options)
      if (options.url !== undefined) await callbackUrl(run, options.url)
      const accountId = await chosenAccount(run, options.account)
      const { callbackUrl: ours } = run.deps
      const change = (api: WebhooksApi) => update(run, api, { id, accountId, patterns, options })
      const { url: wasUrl } = await find(run, webhooksOf(run, accountId), id)
      const updated = await changeOwn(run, accountId, 'updated', async (api, kept) => {
        const { keyFingerprint, ...result } = await change(api)
        const isNowOurs = result.url === ours && (wasUrl !== ours || kept === undefined)
        const { url, eventTypes } = result
        const subscription = asKept(run.deps, { id, url, eventTypes, keyFingerprint })
        return { result, subscription: kept?.id === id || isNowOurs ? subscription : undefined }
      })
      warnOfKeeper(run, updated.url, patterns)
      const { name, url, eventTypes } = updated
      run.out.result({ id, name, url, eventTypes }, [`Updated ${id}: ${eventTypes.join(', ')}`])
    }),
  )

interface Change {
  id: string
  accountId: string
  patterns: readonly string[] | undefined
  options: SubscriptionOptions
}

/** What is not named is read first: whether Smokeball keeps what a `PUT` leaves out, nobody says. */
async function update(run: Run, api: WebhooksApi, { id, accountId, patterns, options }: Change) {
  const key = await currentKey(run.deps, callLimit().signal)
  const before = await find(run, api, id)
  const eventTypes = patterns ? expanded(run, accountId, patterns, await api.types()) : before.eventTypes
  const { name = before.name, url = before.url } = options
  await api.update(id, { key: key.text, name, eventTypes, eventNotificationUrl: url })
  return { name, url, eventTypes, keyFingerprint: key.fingerprint }
}

async function find({ next }: Run, api: WebhooksApi, id: string): Promise<Subscription> {
  const found = (await api.list()).find((each) => each.id === id)
  if (found) return found
  throw new UsageError(
    `This account has no subscription ${id} of your client. See: ${next('subscriptions list')}`,
  )
}

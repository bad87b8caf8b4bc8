import type { SigningKey } from '../../../../shared/signing/webhook-secret.ts'
import { asKept, currentKey } from '../../../../shared/subscriptions/keep-subscription.ts'
import { isOwnUrl } from '../../../../shared/subscriptions/own-urls.ts'
import type { Subscription, WebhooksApi } from '../../../../shared/subscriptions/webhooks-api.ts'
import { callLimit } from '../../../operate/deployment.ts'
import { UsageError } from '../../../terminal/usage-error.ts'
import { chosenAccount } from '../chosen-accounts.ts'
import { changingCommand } from '../command.ts'
import { onDeployment, type Run } from '../on-deployment.ts'
import {
  callbackUrl,
  changeOwn,
  expanded,
  patternsOf,
  type SubscriptionOptions,
  warnOfKeeper,
  webhooksOf,
} from './own-subscription.ts'

interface CreateOptions extends SubscriptionOptions {
  another?: boolean
}

/** Makes a subscription, whatever there is. `ensure` is what is mostly wanted. */
export const subscriptionsCreate = changingCommand(
  'create',
  'Makes another subscription. (`subscriptions ensure` makes one only where there is none.)',
  ['subscriptions create --stage prod --url https://example.com/hook --types matter.updated'],
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
  const isThere = (each: Subscription) =>
    each.url === url || (isOwnUrl(run.deps, url) && isOwnUrl(run.deps, each.url))
  const there = (await api.list()).find(isThere)
  if (there && !options.another)
    throw new UsageError(
      `There is a subscription of ${there.url} already: ${there.id}. To see to it: ${run.next('subscriptions ensure')}. With another one, ` +
        'each event comes twice: --another makes it all the same.',
    )
  if (options.url === undefined) await checkAnswered(run, url)
  const key = await currentKey(run.deps, callLimit().signal)
  const eventTypes = expanded(run, accountId, patterns, await api.types())
  const subscription = await api.create({
    key: key.text,
    eventTypes,
    eventNotificationUrl: url,
    name: options.name ?? run.deps.subscriptionName,
  })
  return { subscription, key }
}

/** Throws `UsageError` where a domain of the deployment's does not lead to it yet: nobody has named it to have it all the same. */
async function checkAnswered(
  { deps: { callbackUrl: ours, ownUrls }, next }: Run,
  url: string,
): Promise<void> {
  // A URL that was chosen before is the user's own affair, and API Gateway's own needs no DNS record.
  if (url !== ours || url === ownUrls?.apiUrl) return
  const problem = await ownUrls?.problemAt(url)
  if (!problem) return
  throw new UsageError(
    `Deliveries to ${url} would be lost: they do not arrive there (${problem.kind}: ${problem.detail}). ` +
      `What to do: ${next('doctor')}. Until it is mended, this makes one of another URL of the deployment: ${next('subscriptions ensure')}`,
  )
}

/** Changes a subscription, and gives it the key in any case. */
export const subscriptionsUpdate = changingCommand(
  'update <id>',
  "Changes what is named of a subscription, and sends this deployment's signing key again. What is not named stays.",
  [
    'subscriptions update 5f0c4c61-0c2e-4f4b-9a55-0a7a1de7a9d3 --stage prod --types matter.*',
    'subscriptions update 5f0c4c61-0c2e-4f4b-9a55-0a7a1de7a9d3 --stage prod --name "Matters to CRM"',
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

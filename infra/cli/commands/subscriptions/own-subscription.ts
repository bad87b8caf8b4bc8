import type { KeptSubscription } from '../../../../shared/smokeball-api/account.ts'
import { isHere } from '../../../../shared/smokeball-api/api-credentials.ts'
import {
  type KeepOptions,
  type KeptResult,
  keepSubscription,
  whileHeld,
} from '../../../../shared/subscriptions/keep-subscription.ts'
import { wantedTypes } from '../../../../shared/subscriptions/wanted-types.ts'
import { type WebhooksApi, webhooksApi } from '../../../../shared/subscriptions/webhooks-api.ts'
import { callLimit } from '../../../operate/deployment.ts'
import { readSecretFields } from '../../../operate/keys/update-secret.ts'
import { didYouMean } from '../../../smokeball/unlisted-types.ts'
import { NotUnderstood, UsageError } from '../../../terminal/usage-error.ts'
import { connectedAccounts, eachAccount, type OfAccount } from '../chosen-accounts.ts'
import type { Run } from '../on-deployment.ts'

/** The API's calls for webhooks, for a minute from now. */
export function webhooksOf({ deps }: Run, accountId: string): WebhooksApi {
  return webhooksApi(deps.access.api, accountId, { limit: callLimit() })
}

/**
 * Changes the deployment's own subscription of an account while nobody else does, and keeps with the account what there is
 * then, so that the keeper does not take it for somebody's mischief. Of an account that is not connected, nothing is kept.
 */
export async function changeOwn<T>(
  run: Run,
  accountId: string,
  outcome: 'created' | 'updated',
  change: (
    api: WebhooksApi,
    kept: KeptSubscription | undefined,
  ) => Promise<{ result: T; subscription: KeptSubscription | undefined }>,
): Promise<T> {
  const isConnected = (await connectedAccounts(run)).some((each) => each.accountId === accountId)
  if (!isConnected) return (await change(webhooksOf(run, accountId), undefined)).result
  return whileHeld(run.deps, accountId, callLimit(), async ({ subscription: kept }, api) => {
    const { result, subscription } = await change(api, kept)
    return { result, outcome, ...(subscription && { subscription }) }
  })
}

/** What may be said of a subscription. */
export interface SubscriptionOptions {
  account?: string
  types?: string
  name?: string
  url?: string
}

/** `--types a,b`, or undefined. Throws `NotUnderstood` when it names none. */
export function patternsOf({ types }: SubscriptionOptions): string[] | undefined {
  if (types === undefined) return undefined
  const patterns = types.split(/[\s,]+/).filter(Boolean)
  if (patterns.length > 0) return patterns
  throw new NotUnderstood('--types names no event type: --types matter.updated,contact.*')
}

/**
 * The types on offer that patterns stand for, else those that the handlers want. Throws `UsageError` for a pattern that was
 * named and stands for none.
 */
export function expanded(
  { deps }: Run,
  accountId: string,
  patterns: readonly string[] | undefined,
  offered: readonly string[],
): string[] {
  const { types, leftOut } = wantedTypes(accountId, patterns ?? deps.patterns, offered)
  const [first] = leftOut
  if (patterns && first !== undefined)
    throw new UsageError(`Smokeball does not offer '${first}' to this account.${didYouMean(first, offered)}`)
  if (types.length > 0) return types
  throw new UsageError('No event type is left to subscribe to: name some with --types matter.updated')
}

/** Tells that the keeper undoes what differs from the handlers' wishes, where it does. */
export function warnOfKeeper(
  { deps, out, deployment }: Run,
  url: string,
  patterns: string[] | undefined,
): void {
  if (deployment.isLocal || patterns === undefined || url !== deps.callbackUrl) return
  const isSame = deps.patterns.toSorted().join() === patterns.toSorted().join()
  if (!isSame)
    out.warn(
      'The keeper of this deployment looks at its subscription every hour, and gives it the types that the handlers ask for.',
    )
}

/**
 * The URL that was named, else one that was chosen before, else the deployment's. `apiUrl`: an API that is about to be named.
 * Throws `UsageError` where Smokeball cannot reach it: it is on this machine, and the API is not.
 */
export async function callbackUrl(run: Run, given: string | undefined, apiUrl?: string): Promise<string> {
  const { deployment, next } = run
  const url = given ?? (await chosenBefore(run)) ?? deployment.outputs.CallbackUrl
  const parsed = URL.parse(url)
  if (!parsed || !/^https?:$/.test(parsed.protocol))
    throw new NotUnderstood(`--url ${url} is no URL: it looks like https://example.com/smokeball.`)
  if (!isHere(parsed) || (await apiIsHere(deployment, apiUrl))) return url
  throw new UsageError(
    `Smokeball cannot reach ${url}, which is on this machine alone. Open a tunnel to it, and name its address: ` +
      next({ command: 'connect', options: { url: 'https://YOUR-TUNNEL/smokeball' } }),
  )
}

async function chosenBefore(run: Run): Promise<string | undefined> {
  const accounts = await connectedAccounts(run)
  return accounts.find(({ subscription }) => subscription?.isChosenUrl)?.subscription?.url
}

async function apiIsHere({ secrets, outputs }: Run['deployment'], apiUrl?: string): Promise<boolean> {
  const { fields } = await readSecretFields(secrets, outputs.ApiSecretId)
  const api = URL.parse(apiUrl ?? String(fields.apiUrl))
  return api !== null && isHere(api)
}

/** Sees to the subscription of each account, and tells of each what was found and done. */
export function ensureAccounts(
  run: Run,
  accountIds: readonly string[],
  options: KeepOptions,
): Promise<OfAccount<KeptResult>[]> {
  return eachAccount(run, accountIds, async (accountId) => {
    const ensured = await keepSubscription(run.deps, accountId, callLimit(), options)
    tell(run, accountId, ensured)
    return ensured
  })
}

const done = {
  unchanged: 'is right',
  created: 'was created',
  updated: 'was updated',
  repaired: 'was repaired',
} as const

function tell({ deps, out, next }: Run, accountId: string, ensured: KeptResult): void {
  const { outcome, subscription, differences, duplicates, removed, leftOut, waits } = ensured
  const { id, eventTypes } = subscription
  const why = differences.length > 0 && outcome !== 'created' ? ` (${differences.join(', ')})` : ''
  out.say(`${accountId}: subscription ${id} ${done[outcome]}${why}: ${eventTypes.join(', ')}`)
  if (removed.length > 0)
    out.say(`${accountId}: further subscriptions of this URL were deleted: ${removed.join(', ')}`)
  if (leftOut.length > 0)
    out.warn(`${accountId}: left out, since Smokeball does not offer it: ${leftOut.join(', ')}`)
  if (waits)
    out.warn(
      `${accountId}: ${deps.callbackUrl} is not answered (${waits.kind}: ${waits.detail}). ${
        subscription.url === deps.callbackUrl
          ? 'Deliveries do not arrive.'
          : `Until it is, the subscription has the URL ${subscription.url}; then the keeper moves it.`
      } What to do: ${next('doctor')}`,
    )
  if (duplicates.length > 0)
    out.warn(
      `${accountId}: each event comes once more for each further subscription of this URL: ${duplicates.join(', ')}. Delete ` +
        `them: ${next({ command: 'subscriptions ensure', options: { 'remove-duplicates': true } })}`,
    )
}

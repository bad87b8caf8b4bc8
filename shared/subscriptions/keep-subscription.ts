import { AdvisedError } from '../runtime/advised-error.ts'
import { type Clock, wait } from '../runtime/clock.ts'
import { describeFailure } from '../runtime/failures.ts'
import { type KeptSecret, parsedSecret, youngestAgeMs } from '../runtime/kept-secret.ts'
import { keyForSubscriptions, parseWebhookSecret, type SigningKey } from '../signing/webhook-secret.ts'
import type { Account, Check, KeptSubscription } from '../smokeball-api/account.ts'
import type { HeldAccount } from '../smokeball-api/accounts.ts'
import type { AccountAccess } from '../smokeball-api/smokeball-access.ts'
import type { CallContext } from '../smokeball-api/smokeball-api.ts'
import { type EnsuredSubscription, ensureSubscription } from './ensure-subscription.ts'
import { isOwnUrl, type OwnUrls, type ReachableUrl, reachableUrl } from './own-urls.ts'
import type { UrlProblem } from './url-problem.ts'
import { type WebhooksApi, webhooksApi } from './webhooks-api.ts'

export interface KeepDeps {
  access: AccountAccess
  clock: Clock
  /** The secret that deliveries are checked with. */
  webhookSecret: { kept: KeptSecret; id: string }
  callbackUrl: string
  /** @default it has no domains of its own, so that the callback URL is the only one */
  ownUrls?: OwnUrls | undefined
  /** What a new subscription is called. */
  subscriptionName: string
  /** What the handlers subscribe to. */
  patterns: readonly string[]
}

/** What became of an account's subscription. `waits`: why it does not have the callback URL yet. */
export type KeptResult = EnsuredSubscription & { waits?: UrlProblem }

/** What a caller may choose in place of the deployment's own. */
export interface KeepOptions {
  name?: string
  patterns?: readonly string[]
  /** The account keeps this URL from then on, until it is given the deployment's own. */
  url?: string
  removeDuplicates?: boolean
}

/** Another process was changing the account's subscription all the time. */
export class AccountIsHeld extends AdvisedError {
  readonly code = 'ACCOUNT_IS_HELD'

  constructor(accountId: string) {
    super(
      `Another process is changing the subscription of account ${accountId}, and has not ended in time.`,
      {
        text: 'Try again in a minute.',
      },
    )
    this.name = 'AccountIsHeld'
  }
}

/** The account was removed, or was never connected. */
export class AccountNotConnected extends AdvisedError {
  readonly code = 'ACCOUNT_NOT_CONNECTED'

  constructor(accountId: string) {
    const next = { command: 'connect', options: { account: accountId } }
    super(`Account ${accountId} is not connected.`, { text: 'Connect it', next })
    this.name = 'AccountNotConnected'
  }
}

/** The time for one account's calls. A process that dies holds its account for as long. */
export const holdMs = 60_000
const marginMs = 10_000
const askAgainMs = 500

/**
 * Ensures the subscription of a connected account. What it came to is kept with the account. Throws `AccountNotConnected`,
 * `AccountIsHeld`, `CallbackUrlOfOther`, `SecretUnavailable`, and what `ensureSubscription` throws.
 */
export function keepSubscription(
  deps: KeepDeps,
  accountId: string,
  limit: CallContext['limit'],
  options: KeepOptions = {},
): Promise<KeptResult> {
  return whileHeld(deps, accountId, limit, ensuring(deps, limit, options))
}

/** The types on offer, as a run over many accounts fetches them: `own` fetches them for the account at hand. */
export type OfferedTypes = (own: () => Promise<string[]>, signal: AbortSignal) => Promise<string[]>

/**
 * As `keepSubscription`, in a run over many accounts: what another process works on, or has looked at since `listed` was read,
 * is left to that one. Throws `AccountNotConnected`, `CallbackUrlOfOther`, `SecretUnavailable`, and what `ensureSubscription`
 * throws.
 */
export async function keepListed(
  deps: KeepDeps,
  { accountId, lastCheck }: Pick<Account, 'accountId' | 'lastCheck'>,
  limit: CallContext['limit'],
  offered: OfferedTypes,
): Promise<KeptResult | 'busy' | 'looked-at'> {
  const untilEpochMs = deps.clock.now() + holdMs
  const lastLookEpochMs = lastCheck?.atEpochMs ?? 0
  const hold = await deps.access.accounts.hold(accountId, untilEpochMs, limit.signal, lastLookEpochMs)
  if (hold.kind === 'gone') throw new AccountNotConnected(accountId)
  if (hold.kind !== 'held') return hold.kind
  const work = ensuring(deps, limit, {})
  return workOn(deps, hold.account, limit, (held, api) =>
    work(held, { ...api, types: () => offered(api.types, limit.signal) }),
  )
}

function ensuring(deps: KeepDeps, limit: CallContext['limit'], options: KeepOptions) {
  return async (held: HeldAccount, api: WebhooksApi): Promise<HeldWork<KeptResult>> => {
    const to = await targetOf(deps, held, options.url)
    const ensured = await ensure(deps, held, api, limit.signal, { ...options, to })
    const { outcome, subscription } = ensured
    const result = { ...ensured, ...(to.problem && { waits: to.problem }) }
    return { result, outcome, subscription: asKept(deps, subscription) }
  }
}

/** What became of a held account's subscription; `subscription`: what there is now, if that has changed. */
interface HeldWork<T> {
  result: T
  outcome: Check['outcome']
  subscription?: KeptSubscription
}

/**
 * Works on the subscriptions of an account, and keeps the result with the account. Only one process at a time works on an
 * account; the next one waits, and then mostly finds nothing to do. Throws `AccountNotConnected`, `AccountIsHeld`, and what `work` throws.
 */
export async function whileHeld<T>(
  deps: Pick<KeepDeps, 'access' | 'clock'>,
  accountId: string,
  limit: CallContext['limit'],
  work: (held: HeldAccount, api: WebhooksApi) => Promise<HeldWork<T>>,
): Promise<T> {
  return workOn(deps, await hold(deps, accountId, limit), limit, work)
}

async function workOn<T>(
  { access, clock }: Pick<KeepDeps, 'access' | 'clock'>,
  held: HeldAccount,
  limit: CallContext['limit'],
  work: (held: HeldAccount, api: WebhooksApi) => Promise<HeldWork<T>>,
): Promise<T> {
  const signalEpochMs = Math.min(limit.signalEpochMs, clock.now() + holdMs - marginMs)
  const api = webhooksApi(access.api, held.accountId, { limit: { ...limit, signalEpochMs } })
  try {
    const { result, outcome, subscription } = await work(held, api)
    const check = { outcome, atEpochMs: clock.now() }
    await access.accounts.release(held, { check, ...(subscription && { subscription }) }, limit.signal)
    return result
  } catch (error) {
    const problem = describeFailure(error, () => '')
    const check = { outcome: 'failed', atEpochMs: clock.now(), problem } as const
    // If this fails, the hold ends by itself. The error to be told is that of the work.
    await access.accounts.release(held, { check }, limit.signal).catch(() => {})
    throw error
  }
}

/** Where an account's events are to go. Once a chosen URL is one of the deployment's own, it does not count as chosen any more. */
export function urlFor(
  deps: Pick<KeepDeps, 'callbackUrl' | 'ownUrls'>,
  { subscription }: Pick<Account, 'subscription'>,
): string {
  const isElsewhere = subscription?.isChosenUrl && !isOwnUrl(deps, subscription.url)
  return isElsewhere ? subscription.url : deps.callbackUrl
}

/** Where an account's events are to go now: to the URL that was named or chosen, or to the deployment's that is reached. */
async function targetOf(deps: KeepDeps, held: HeldAccount, named: string | undefined): Promise<ReachableUrl> {
  if (named !== undefined) return { url: named, movedFrom: [] }
  const url = urlFor(deps, held)
  if (url !== deps.callbackUrl) return { url, movedFrom: [] }
  return reachableUrl(deps, held.subscription?.url)
}

/** A subscription as it is kept with its account: marked as chosen if its URL is none of the deployment's. */
export function asKept(
  deps: Pick<KeepDeps, 'callbackUrl' | 'ownUrls'>,
  { isChosenUrl: _, ...subscription }: KeptSubscription,
): KeptSubscription {
  return { ...subscription, ...(!isOwnUrl(deps, subscription.url) && { isChosenUrl: true as const }) }
}

/**
 * The key that subscriptions are to be given now. It is read anew, since an older key would undo a rotation.
 * Throws `SecretUnavailable`.
 */
export function currentKey({ webhookSecret, clock }: KeepDeps, signal: AbortSignal): Promise<SigningKey> {
  const { kept, id } = webhookSecret
  const parse = (text: string | undefined) => keyForSubscriptions(parseWebhookSecret(text, id), clock.now())
  return parsedSecret(kept, parse, youngestAgeMs, signal)
}

async function ensure(
  deps: KeepDeps,
  held: HeldAccount,
  api: WebhooksApi,
  signal: AbortSignal,
  { name, patterns = deps.patterns, to, removeDuplicates = false }: KeepOptions & { to: ReachableUrl },
): Promise<EnsuredSubscription> {
  return ensureSubscription(api, {
    accountId: held.accountId,
    url: to.url,
    movedFrom: to.movedFrom,
    leftAlone: to.leftAlone,
    patterns,
    removeDuplicates,
    name: { standard: deps.subscriptionName, ...(name !== undefined && { given: name }) },
    key: await currentKey(deps, signal),
    kept: held.subscription,
  })
}

async function hold(
  { access, clock }: Pick<KeepDeps, 'access' | 'clock'>,
  accountId: string,
  { signalEpochMs, signal }: CallContext['limit'],
): Promise<HeldAccount> {
  // Every hold is over by then, unless a clock that is ahead made it: nobody is to wait for that one.
  const untilEpochMs = Math.min(signalEpochMs, clock.now() + holdMs + askAgainMs)
  for (;;) {
    const hold = await access.accounts.hold(accountId, clock.now() + holdMs, signal)
    if (hold.kind === 'held') return hold.account
    if (hold.kind === 'gone') throw new AccountNotConnected(accountId)
    if (clock.now() + askAgainMs > untilEpochMs) throw new AccountIsHeld(accountId)
    await wait(clock, askAgainMs, signal)
  }
}

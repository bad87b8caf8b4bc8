import type { Account } from '../../../shared/smokeball-api/account.ts'
import {
  isCredentialsProblem,
  NoAccessToken,
  SmokeballError,
} from '../../../shared/smokeball-api/api-errors.ts'
import { NothingToSubscribe, OtherAccount } from '../../../shared/subscriptions/ensure-subscription.ts'
import { currentKey, urlFor } from '../../../shared/subscriptions/keep-subscription.ts'
import { isOwnUrl } from '../../../shared/subscriptions/own-urls.ts'
import { wantedTypes } from '../../../shared/subscriptions/wanted-types.ts'
import {
  type Subscription,
  type WebhooksApi,
  webhooksApi,
} from '../../../shared/subscriptions/webhooks-api.ts'
import { awaitNoop } from './await-noop.ts'
import { advised, type CheckDeps, type Finding, logOf, refusal, right, wrong } from './finding.ts'

interface AccountCheck {
  /** Whether a `noop` to this URL can be handled at all. */
  waitsForNoop(url: string): boolean
  /** Whether a receiver answers at this URL. */
  isAnswered(url: string): boolean
  /** Returns whether all is right. */
  tell(found: Finding | readonly Finding[]): boolean
}

/** The credentials, the subscription and a `noop` of one account. */
export async function checkAccount(
  deps: CheckDeps,
  account: Account,
  { waitsForNoop, isAnswered, tell }: AccountCheck,
): Promise<void> {
  const { keep, limit } = deps
  const { accountId } = account
  const api = webhooksApi(keep.access.api, accountId, { limit })
  const { finding, found } = await callApi(deps, account, api)
  tell(finding)
  if (!found) return
  tell(await checkSubscription(deps, account, found))
  tell(checkMoved(deps, account, found, isAnswered))
  const [first] = found.mine
  if (first && waitsForNoop(first.url))
    tell(await checkNoop(deps, { accountId, subscriptionId: first.id, api }))
}

/** Proves key, secret, region and the scope `webhooks/read`: whatever of them is wrong, the API's answer says what to do. */
async function callApi(
  { keep, next }: CheckDeps,
  account: Account,
  api: WebhooksApi,
): Promise<{ finding: Finding; found?: SubscribedAccount }> {
  const { accountId, subscription: kept } = account
  const check = `API, account ${accountId}`
  try {
    const [offered, subscriptions] = [await api.types(), await api.list()]
    const said = `it takes the credentials; ${offered.length} event types, ${subscriptions.length} subscription(s)`
    const keptFirst = subscriptions.toSorted((a, b) => Number(b.id === kept?.id) - Number(a.id === kept?.id))
    const there = keptFirst.filter((each) => each.url === urlFor(keep, account))
    const isOfDeployment = urlFor(keep, account) === keep.callbackUrl
    const elsewhere = keptFirst.filter(
      ({ url }) => isOfDeployment && url !== keep.callbackUrl && isOwnUrl(keep, url),
    )
    const mine = there.length > 0 ? there : elsewhere
    const other = mine.find((each) => each.accountId !== '' && each.accountId !== accountId)
    if (other) throw new OtherAccount(accountId, other.accountId)
    return { finding: right(check, said), found: { mine, elsewhere, offered } }
  } catch (error) {
    const finding = refusal(check, error, next)
    if (!finding.fix || !mayBeOfOtherRegion(error)) return { finding }
    const connect = next({
      command: 'connect',
      options: { region: 'us|au|uk', environment: 'production|staging' },
    })
    return {
      finding: {
        ...finding,
        fix: `${finding.fix}\nIf the app belongs to another region or environment: ${connect}`,
      },
    }
  }
}

/** Key, client id or secret were refused: they may be those of another region. */
function mayBeOfOtherRegion(error: unknown): boolean {
  const wereRefused = error instanceof SmokeballError || error instanceof NoAccessToken
  return wereRefused && isCredentialsProblem(error)
}

/** What Smokeball tells of an account that it lets in. */
interface SubscribedAccount {
  /** The subscriptions of the callback URL, else of other own URLs. The kept one comes first, and then the oldest. */
  mine: readonly Subscription[]
  /** The subscriptions of own URLs that are not the callback URL. */
  elsewhere: readonly Subscription[]
  /** The event types that can be subscribed to. */
  offered: readonly string[]
}

/** Whether an account has one subscription of the URL, with what handlers want and the key. */
async function checkSubscription(
  { deployment, keep, limit, next }: CheckDeps,
  account: Account,
  { mine, offered }: SubscribedAccount,
): Promise<Finding[]> {
  const { accountId, subscription: kept } = account
  const check = `subscription, account ${accountId}`
  const ensure = { command: 'subscriptions ensure', options: { account: accountId } }
  const { types, leftOut } = wantedTypes(accountId, keep.patterns, offered)
  const [first, ...more] = mine
  if (types.length === 0) return [refusal(check, new NothingToSubscribe(accountId, keep.patterns), next)]
  if (!first) return [wrong(check, `there is none for ${urlFor(keep, account)}`, next(ensure))]
  const missing = types.filter((type) => !first.eventTypes.includes(type))
  const key = await currentKey(keep, limit.signal)
  const problems = [
    missing.length > 0 && { said: `it lacks ${missing.join(', ')}, which handlers want`, fix: next(ensure) },
    (kept?.id !== first.id || kept.keyFingerprint !== key.fingerprint) && {
      said: `${first.id} was not given the signing key ${key.fingerprint}`,
      fix: next(ensure),
    },
    more.length > 0 && {
      said: `${more.length} more of the same URL, so each event is delivered ${mine.length} times`,
      fix: next({ ...ensure, options: { ...ensure.options, 'remove-duplicates': true } }),
    },
    leftOut.length > 0 && {
      said: `handlers ask for what Smokeball does not offer: ${leftOut.join(', ')}`,
      fix: `Correct it in functions/handlers${deployment.isLocal ? '' : ', and deploy'}. What it offers: ${next('types')}`,
    },
  ].filter((problem) => problem !== false)
  if (problems.length > 0) return problems.map(({ said, fix }) => wrong(check, said, fix))
  return [right(check, `${first.id}: ${first.eventTypes.join(', ')}`)]
}

/** Whether subscriptions are still to be moved to the callback URL. Their events come all the same. */
function checkMoved(
  { keep, next }: CheckDeps,
  { accountId }: Account,
  { elsewhere }: SubscribedAccount,
  isAnswered: AccountCheck['isAnswered'],
): Finding[] {
  const check = `subscription, account ${accountId}`
  return elsewhere.map(({ id, url }) => {
    const said = `${id} has the URL ${url}, and not yet ${keep.callbackUrl}`
    const ensure = next({ command: 'subscriptions ensure', options: { account: accountId } })
    return isAnswered(keep.callbackUrl)
      ? advised(check, said, `The keeper moves it when it next looks. To move it now: ${ensure}`)
      : advised(check, said, 'It is moved once that one is answered. Until then its events come as before.')
  })
}

/** Has Smokeball send a `noop` by a subscription, and waits until it was handled. */
async function checkNoop(
  { deployment, keep, timeoutMs, limit, next }: CheckDeps,
  of: { accountId: string; subscriptionId: string; api: WebhooksApi },
): Promise<Finding> {
  const { accountId, subscriptionId, api } = of
  const { dynamodb, outputs } = deployment
  const check = `noop, account ${accountId}`
  try {
    const noop = await awaitNoop(
      { dynamodb, tableName: outputs.TableName, clock: keep.clock },
      { accountId, subscriptionId, timeoutMs, notify: () => api.notify(subscriptionId) },
      limit.signal,
    )
    if (!noop) return wrong(check, notSeen(timeoutMs), reasons().join('\n'))
    if (noop.status !== 'failed' && noop.status !== 'dead-lettered')
      return right(check, `it was sent, verified and taken up within ${noop.ms} ms`)
    const said = `it was sent and verified, and then ${noop.status}`
    return wrong(
      check,
      said,
      `A handler of noop fails, see the log of the consumer: ${logOf(deployment, 'Consumer')}`,
    )
  } catch (error) {
    return refusal(check, error, next)
  }

  /** Only the logs tell who refused it, or lost it. */
  function reasons(): string[] {
    const update = next({
      command: 'subscriptions update',
      options: { account: accountId },
      positionals: [subscriptionId],
    })
    return [
      `See the log of the receiver: ${logOf(deployment, 'Receiver')}`,
      `Refused there as bad-signature: the subscription has another key; send it again: ${update}`,
      `Accepted there: the consumer fails, see its log: ${logOf(deployment, 'Consumer')}`,
      `Not there: Smokeball does not reach the URL, or is slow; give it longer: ${next({ command: 'doctor', options: { timeout: '300' } })}`,
    ]
  }
}

function notSeen(timeoutMs: number): string {
  return `Smokeball was asked to send one, and none was handled within ${timeoutMs / 1000} s`
}

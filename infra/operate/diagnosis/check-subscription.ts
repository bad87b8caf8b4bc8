import type { Account } from '../../../shared/smokeball-api/account.ts'
import { NothingToSubscribe } from '../../../shared/subscriptions/ensure-subscription.ts'
import { currentKey, urlFor } from '../../../shared/subscriptions/keep-subscription.ts'
import { wantedTypes } from '../../../shared/subscriptions/wanted-types.ts'
import type { Subscription } from '../../../shared/subscriptions/webhooks-api.ts'
import type { Diagnosis, Finding } from './diagnose.ts'
import { refusal } from './refusal.ts'

/** What Smokeball tells of an account. */
export interface Told {
  /** Subscriptions of the callback URL: the one that is kept first, else the oldest. */
  mine: readonly Subscription[]
  /** The event types that can be subscribed to. */
  offered: readonly string[]
}

/** Whether an account has one subscription of the URL, with what handlers want and the key. */
export async function checkSubscription(
  { deployment, keep, limit, next }: Diagnosis,
  account: Account,
  { mine, offered }: Told,
): Promise<Finding[]> {
  const { accountId, subscription: kept } = account
  const check = `subscription, account ${accountId}`
  const ensure = { command: 'subscriptions ensure', options: { account: accountId } }
  const { types, leftOut } = wantedTypes(accountId, keep.patterns, offered)
  const [first, ...more] = mine
  if (types.length === 0) return [refusal(check, new NothingToSubscribe(accountId, keep.patterns), next)]
  if (!first)
    return [{ check, isRight: false, said: `there is none for ${urlFor(keep, account)}`, fix: next(ensure) }]
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
  if (problems.length > 0) return problems.map((problem) => ({ check, isRight: false, ...problem }))
  return [{ check, isRight: true, said: `${first.id}: ${first.eventTypes.join(', ')}` }]
}

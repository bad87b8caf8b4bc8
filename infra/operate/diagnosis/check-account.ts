import type { Account } from '../../../shared/smokeball-api/account.ts'
import { isCredentialsProblem } from '../../../shared/smokeball-api/api-errors.ts'
import { OtherAccount } from '../../../shared/subscriptions/ensure-subscription.ts'
import { urlFor } from '../../../shared/subscriptions/keep-subscription.ts'
import { type WebhooksApi, webhooksApi } from '../../../shared/subscriptions/webhooks-api.ts'
import { checkNoop } from './check-noop.ts'
import { checkSubscription, type Told } from './check-subscription.ts'
import type { Diagnosis, Finding } from './diagnose.ts'
import { refusal } from './refusal.ts'

interface How {
  /** Whether a `noop` can arrive at all. */
  waitsForNoop: boolean
  /** Returns whether all is right. */
  tell(found: Finding | readonly Finding[]): boolean
}

/** The credentials, the subscription and a `noop` of one account. */
export async function checkAccount(
  diagnosis: Diagnosis,
  account: Account,
  { waitsForNoop, tell }: How,
): Promise<void> {
  const { keep, limit } = diagnosis
  const { accountId } = account
  const api = webhooksApi(keep.access.api, accountId, { limit })
  const { finding, told } = await callApi(diagnosis, account, api)
  tell(finding)
  if (!told) return
  tell(await checkSubscription(diagnosis, account, told))
  const [first] = told.mine
  if (first && waitsForNoop) tell(await checkNoop(diagnosis, { accountId, subscriptionId: first.id, api }))
}

/** Proves key, secret, region and the scope `webhooks/read`: whatever of them is wrong, the API's answer says what to do. */
async function callApi(
  { keep, next }: Diagnosis,
  account: Account,
  api: WebhooksApi,
): Promise<{ finding: Finding; told?: Told }> {
  const { accountId, subscription: kept } = account
  const check = `API, account ${accountId}`
  try {
    const [offered, subscriptions] = [await api.types(), await api.list()]
    const said = `it takes the credentials; ${offered.length} event types, ${subscriptions.length} subscription(s)`
    const mine = subscriptions
      .filter((each) => each.url === urlFor(keep, account))
      .sort((a, b) => Number(b.id === kept?.id) - Number(a.id === kept?.id))
    const other = mine.find((each) => each.accountId !== '' && each.accountId !== accountId)
    if (other) throw new OtherAccount(accountId, other.accountId)
    return { finding: { check, isRight: true, said }, told: { mine, offered } }
  } catch (error) {
    const finding = refusal(check, error, next)
    if (!finding.fix || !isCredentialsProblem(error) || !isOfPlace(finding.fix)) return { finding }
    const place = next({
      command: 'connect',
      options: { region: 'us|au|uk', environment: 'production|staging' },
    })
    return { finding: { ...finding, fix: `${finding.fix}\nIf the app is of another place: ${place}` } }
  }
}

/** What advice about credentials names is the place that they are taken for. */
function isOfPlace(fix: string): boolean {
  return / are those of /.test(fix)
}

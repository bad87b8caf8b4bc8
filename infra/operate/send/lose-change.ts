import { parseRounding } from '../../../shared/event/lossless-json.ts'
import { systemAccountId } from '../../../shared/smokeball-api/account.ts'
import { isHere } from '../../../shared/smokeball-api/api-credentials.ts'
import { itemsOf } from '../../../shared/smokeball-api/list-page.ts'
import { changeLists, listQuery } from '../../../shared/smokeball-api/lists.ts'
import type { KeepDeps } from '../../../shared/subscriptions/keep-subscription.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { callLimit, type Deployment } from '../deployment.ts'
import { readSecretFields } from '../keys/update-secret.ts'

/** A change that was made, and that no delivery tells of. */
export interface LostChange {
  accountId: string
  kind: string
  id: string
}

/** The kinds that can be changed so. */
export const lostKinds = ['contact', 'matter', 'task'] as const
export type LostKind = (typeof lostKinds)[number]

/**
 * Has a user change the first resource of a kind at the fake Smokeball, which delivers nothing of it. It is no API write of its
 * resource, which catch-up would know as our own. Throws `UsageError` at any other Smokeball.
 */
export async function loseChange(
  deployment: Pick<Deployment, 'secrets' | 'outputs'>,
  { access }: KeepDeps,
  kind: LostKind,
): Promise<LostChange> {
  if (!(await isFake(deployment)))
    throw new UsageError(
      'A delivery is lost on purpose at the fake Smokeball alone: npm start -- --fake-smokeball',
    )
  const { signal } = callLimit()
  const accounts = await access.accounts.list(signal)
  const account = accounts.find(({ accountId }) => accountId !== systemAccountId)
  const list = changeLists.find((each) => each.kind === kind)
  if (!account || !list)
    throw new UsageError('No account is connected. Connect one: npx smokeball-webhooks connect --local')
  const { accountId } = account
  const call = (path: string, init = {}) => access.api.fetch(accountId, path, init, { limit: callLimit() })
  const page = await call(`${list.path}?${listQuery(list, { offset: 0, limit: 1 })}`)
  const [first] = itemsOf(list.path, await page.text())
  const id: unknown = first && (parseRounding(first.text) as { id?: unknown }).id
  if (typeof id !== 'string') throw new UsageError(`The fake Smokeball has no ${kind} of ${accountId}.`)
  const body = JSON.stringify({ note: `changed at ${new Date().toISOString()}, and not told` })
  await call(`/fake/lose${list.path}/${encodeURIComponent(id)}`, { method: 'POST', body })
  return { accountId, kind, id }
}

/** Whether the Smokeball of a deployment runs on this machine. */
export async function isFake({
  secrets,
  outputs,
}: Pick<Deployment, 'secrets' | 'outputs'>): Promise<boolean> {
  const { apiUrl } = (await readSecretFields(secrets, outputs.ApiSecretId)).fields
  const url = typeof apiUrl === 'string' ? URL.parse(apiUrl) : null
  return url !== null && isHere(url)
}

import type { KeptSubscription } from '../../../shared/smokeball-api/account.ts'
import { whileHeld } from '../../../shared/subscriptions/keep-subscription.ts'
import { type WebhooksApi, webhooksApi } from '../../../shared/subscriptions/webhooks-api.ts'
import { callLimit } from '../../operate/call-limit.ts'
import { connectedAccounts } from './chosen-accounts.ts'
import type { Run } from './on-deployment.ts'

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

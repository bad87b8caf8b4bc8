import { SmokeballError } from '../../../shared/smokeball-api/api-errors.ts'
import type { WebhooksApi } from '../../../shared/subscriptions/webhooks-api.ts'

/** Deletes a subscription; one that is gone already is what was wanted. */
export async function removeSubscription(api: WebhooksApi, id: string): Promise<void> {
  try {
    await api.remove(id)
  } catch (error) {
    if (!(error instanceof SmokeballError && error.status === 404)) throw error
  }
}

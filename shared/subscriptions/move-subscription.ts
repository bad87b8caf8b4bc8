import { SmokeballError } from '../smokeball-api/api-errors.ts'
import { removeIfThere, type SubscriptionBody, type WebhooksApi } from './webhooks-api.ts'

/**
 * Gives a subscription another URL, and returns its id from then on. Where Smokeball does not change the URL of one, there is a
 * new one in its place, and the former one is removed only once the new one is there: whoever dies in between leaves two, and
 * never none. Throws what the API's calls throw.
 */
export async function moveSubscription(
  api: WebhooksApi,
  id: string,
  body: SubscriptionBody,
): Promise<string> {
  if (await isChanged(api, id, body)) return id
  const made = await api.create(body)
  await removeIfThere(api, id)
  return made.id
}

/** What Smokeball may answer to a change that it does not make. It is documented to make this one. */
const refusals = [400, 405, 409, 422]

async function isChanged(api: WebhooksApi, id: string, body: SubscriptionBody): Promise<boolean> {
  try {
    const { url } = await api.update(id, body)
    // An answer that does not tell the URL shows nothing.
    return url === '' || url === body.eventNotificationUrl
  } catch (error) {
    if (error instanceof SmokeballError && refusals.includes(error.status)) return false
    throw error
  }
}

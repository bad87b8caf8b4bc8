import { type JsonValue, parseLossless, stringifyLossless } from '../event/lossless-json.ts'
import { SmokeballError } from '../smokeball-api/api-errors.ts'
import type { CallContext, SmokeballApi } from '../smokeball-api/smokeball-api.ts'

/** A subscription, as the API tells it: never with its key. */
export interface Subscription {
  id: string
  accountId: string
  name: string
  eventTypes: readonly string[]
  url: string
  /** ISO 8601, or empty. */
  created: string
}

/** What a subscription is made of. The key is always sent: whether one that is left out is kept, nobody says. */
export interface SubscriptionBody {
  key: string
  name: string
  eventTypes: readonly string[]
  eventNotificationUrl: string
}

/** The API's endpoints for webhooks, for one account. All throw as `SmokeballApi.fetch` does. */
export interface WebhooksApi {
  /** The event types that can be subscribed to. */
  types(): Promise<string[]>
  /** This client's subscriptions of the account, the oldest first. */
  list(): Promise<Subscription[]>
  create(body: SubscriptionBody): Promise<Subscription>
  update(id: string, body: SubscriptionBody): Promise<Subscription>
  remove(id: string): Promise<void>
  /** Has one `noop` sent. */
  notify(id: string): Promise<void>
}

/** https://docs.smokeball.com: webhooks. Scopes: `webhooks/read`, `webhooks/write`. */
export function webhooksApi(api: SmokeballApi, accountId: string, context: CallContext): WebhooksApi {
  const get = (path: string) => api.fetch(accountId, path, {}, context)
  const write = async (method: string, path: string, body?: SubscriptionBody) => {
    const secrets = new Map(body && [['signingKey', body.key]])
    const init = { method, secrets, ...(body && { body: stringifyLossless(body) }) }
    return (await api.fetch(accountId, path, init, context)).text()
  }
  return {
    async types() {
      const { value } = object(parseLossless(await (await get('/webhooks/types')).text()))
      return Array.isArray(value) ? value.map(String) : []
    },
    async list() {
      const found: Subscription[] = []
      for await (const each of listAll(get, '/webhooks')) found.push(read(each))
      return found.sort((a, b) => compare(a.created, b.created) || compare(a.id, b.id))
    },
    create: async (body) => read(parseLossless(await write('POST', '/webhooks', body))),
    update: async (id, body) => read(parseLossless(await write('PUT', pathOf(id), body))),
    remove: async (id) => void (await write('DELETE', pathOf(id))),
    notify: async (id) => void (await write('POST', `${pathOf(id)}/notify`)),
  }
}

/** Deletes a subscription. If it is gone already, that is what was wanted: somebody else was quicker. */
export async function removeIfThere(api: WebhooksApi, id: string): Promise<void> {
  try {
    await api.remove(id)
  } catch (error) {
    if (!(error instanceof SmokeballError && error.status === 404)) throw error
  }
}

function pathOf(id: string): string {
  return `/webhooks/${encodeURIComponent(id)}`
}

function read(value: JsonValue): Subscription {
  const { id, accountId, name, eventTypes, eventNotificationUrl, createdDateUtc } = object(value)
  return {
    id: text(id),
    accountId: text(accountId),
    name: text(name),
    url: text(eventNotificationUrl),
    eventTypes: Array.isArray(eventTypes) ? eventTypes.map(String) : [],
    created: text(createdDateUtc),
  }
}

function object(value: JsonValue): Record<string, JsonValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : ''
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

const pageSize = 500

/** All records of a list, page by page: `get` fetches a path, and `path` is the list's, with its filters if it has some. */
export async function* listAll(
  get: (path: string) => Promise<Response>,
  path: string,
): AsyncGenerator<{ [key: string]: JsonValue }> {
  const separator = path.includes('?') ? '&' : '?'
  for (let offset = 0; ; ) {
    const response = await get(`${path}${separator}Limit=${pageSize}&Offset=${offset}`)
    const {
      value = [],
      size,
      next,
    } = parseLossless(await response.text()) as {
      value?: { [key: string]: JsonValue }[]
      size?: number
      next?: JsonValue
    }
    yield* value
    offset += value.length
    // Links are not followed: they are whole addresses.
    if (value.length === 0 || (typeof size === 'number' ? offset >= size : !next)) return
  }
}

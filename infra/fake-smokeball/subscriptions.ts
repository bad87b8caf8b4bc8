import type { JsonValue } from '../../shared/event/lossless-json.ts'
import { systemEventTypes } from '../../shared/event/payloads.generated.ts'
import type { Ticks } from '../../shared/event/ticks.ts'
import { systemAccountId } from '../../shared/smokeball-api/account.ts'
import { type FieldError, Problem } from './answers.ts'
import type { Undocumented } from './behaviour.ts'

export interface Subscription {
  id: string
  accountId: string
  clientId: string
  /** The API never tells it. Without one, deliveries are not signed. */
  key: string | undefined
  name: string | null
  eventTypes: readonly string[]
  eventNotificationUrl: string
  createdEpochMs: number
  updatedEpochMs: number
  lastUpdated: Ticks
}

interface Deps {
  /** Whether the subscriptions of this client and account live on. */
  isGranted(clientId: string, accountId: string): boolean
}

/** Keeps the subscriptions of all clients. `begin` holds the earlier ones. They end with their firm's refresh token. */
export function subscriptions({ isGranted }: Deps, begin: readonly Subscription[] = []) {
  const byId = new Map(begin.map((each) => [each.id, each]))

  /** Returns them in the order of their creation. */
  function all(): Subscription[] {
    for (const { id, clientId, accountId } of byId.values())
      if (!isGranted(clientId, accountId)) byId.delete(id)
    return [...byId.values()]
  }

  return {
    all,
    find: (id: string): Subscription | undefined => all().find((each) => each.id === id),
    put: (subscription: Subscription): void => void byId.set(subscription.id, subscription),
    remove: (id: string): void => void byId.delete(id),
    lose(accountId: string): void {
      for (const each of all()) if (each.accountId === accountId) byId.delete(each.id)
    },
  }
}

export type Subscriptions = ReturnType<typeof subscriptions>

/** A caller decides these. */
type SubscriptionFields = Pick<Subscription, 'key' | 'name' | 'eventTypes' | 'eventNotificationUrl'>

interface FieldsDeps {
  accountId: string
  /** A caller may subscribe to these types. */
  eventTypes: readonly string[]
  undocumented: Pick<Undocumented, 'unlistedTypes'>
}

/** Reads a subscription from a body. Throws a `Problem` that lists all that is wrong with it. */
export function subscriptionFields(deps: FieldsDeps, body: Record<string, JsonValue>): SubscriptionFields {
  const { key, name = null, eventTypes, eventNotificationUrl } = body
  const types = Array.isArray(eventTypes) ? eventTypes.map(String) : []
  const errors: FieldError[] = []
  if (key !== undefined && key !== null && typeof key !== 'string')
    errors.push({ field: 'key', message: 'Not a string.' })
  if (name !== null && typeof name !== 'string') errors.push({ field: 'name', message: 'Not a string.' })
  if (typeof eventNotificationUrl !== 'string' || !isHttpUrl(eventNotificationUrl))
    errors.push({ field: 'eventNotificationUrl', message: 'Not an http or https URL.' })
  if (types.length === 0) errors.push({ field: 'eventTypes', message: 'Names no event type.' })
  errors.push(...types.flatMap((type) => wrongType(deps, type)))
  if (errors.length > 0) throw new Problem(400, 'The subscription is not valid.', { errors })
  return {
    key: key ? String(key) : undefined,
    name: name === null ? null : String(name),
    eventTypes: types,
    eventNotificationUrl: String(eventNotificationUrl),
  }
}

function wrongType({ accountId, eventTypes, undocumented }: FieldsDeps, type: string): FieldError[] {
  const isSystem = systemEventTypes.includes(type)
  if (accountId === systemAccountId && !isSystem)
    return [{ field: 'eventTypes', message: `${type} is no system event, which is all this account takes.` }]
  if (undocumented.unlistedTypes === 'refused' && !eventTypes.includes(type))
    return [{ field: 'eventTypes', message: `${type} is no event type.` }]
  return []
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

import type { JsonValue } from '../../shared/event/lossless-json.ts'
import { systemEventTypes } from '../../shared/event/payloads.generated.ts'
import { systemAccountId } from '../../shared/smokeball-api/system-account.ts'
import { type FieldError, Problem } from './problem.ts'
import type { Subscription } from './subscriptions.ts'
import type { Unstated } from './unstated.ts'

/** What a caller decides. */
export type SubscriptionFields = Pick<Subscription, 'key' | 'name' | 'eventTypes' | 'eventNotificationUrl'>

interface Deps {
  accountId: string
  /** What may be subscribed to. */
  eventTypes: readonly string[]
  unstated: Pick<Unstated, 'unlistedTypes'>
}

/** Reads a subscription from a body. Throws a `Problem` that lists all that is wrong with it. */
export function subscriptionFields(deps: Deps, body: Record<string, JsonValue>): SubscriptionFields {
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

function wrongType({ accountId, eventTypes, unstated }: Deps, type: string): FieldError[] {
  const isSystem = systemEventTypes.includes(type)
  if (accountId === systemAccountId && !isSystem)
    return [{ field: 'eventTypes', message: `${type} is no system event, which is all this account takes.` }]
  if (unstated.unlistedTypes === 'refused' && !eventTypes.includes(type))
    return [{ field: 'eventTypes', message: `${type} is no event type.` }]
  return []
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
}

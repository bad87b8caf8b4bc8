import type { JsonValue } from '../../shared/event/lossless-json.ts'
import { epochMsToTicks } from '../../shared/event/ticks.ts'
import type { Caller } from './authorize.ts'
import { type Answer, bodyObject, requestIdOf } from './call.ts'
import { page } from './page.ts'
import { Problem } from './problem.ts'
import type { Publisher } from './publisher.ts'
import type { Route } from './route.ts'
import { type SubscriptionFields, subscriptionFields } from './subscription-fields.ts'
import type { Subscription, Subscriptions } from './subscriptions.ts'
import type { Unstated } from './unstated.ts'

interface Deps {
  subscriptions: Subscriptions
  publisher: Publisher
  eventTypes: readonly string[]
  url(): string
  nextId(): string
  now(): number
  unstated: Unstated
}

/** `/webhooks`: the types, and the subscriptions of the caller's client and account. */
export function subscriptionRoutes(deps: Deps): Route[] {
  const { subscriptions, publisher, eventTypes, url, nextId, now, unstated } = deps
  let lastEpochMs = 0
  const read = 'webhooks/read'
  const write = 'webhooks/write'

  function list(caller: Caller): Subscription[] {
    const listsAll = unstated.foreignSubscriptions === 'listed'
    return subscriptions
      .all()
      .filter(({ accountId }) => accountId === caller.accountId)
      .filter(({ clientId }) => listsAll || clientId === caller.clientId)
  }

  function mine(caller: Caller, id: string): Subscription {
    const found = subscriptions.find(id)
    if (found && found.clientId !== caller.clientId)
      throw new Problem(403, `Subscription ${id} is not this client's.`)
    if (found?.accountId !== caller.accountId) throw new Problem(404, `There is no subscription ${id}.`)
    return found
  }

  /** No two subscriptions are created at the same moment: who sorts them by it has them in the order of their creation. */
  function momentOfCreation(): number {
    lastEpochMs = Math.max(now(), lastEpochMs + 1)
    return lastEpochMs
  }

  function store(
    id: string,
    caller: Caller,
    before: Subscription | undefined,
    fields: SubscriptionFields,
  ): Answer {
    const kept = unstated.omittedKey === 'kept' ? before?.key : undefined
    const { clientId, accountId } = before ?? caller
    const at = before ? now() : momentOfCreation()
    const key = fields.key ?? kept
    const times = {
      createdEpochMs: before?.createdEpochMs ?? at,
      updatedEpochMs: at,
      lastUpdated: epochMsToTicks(at),
    }
    const stored = { ...fields, ...times, id, clientId, accountId, key }
    subscriptions.put(stored)
    return { status: 200, body: shown(url(), stored) }
  }

  const fieldsOf = (body: Record<string, JsonValue>, { accountId }: Caller) =>
    subscriptionFields({ accountId, eventTypes, unstated }, body)

  return [
    {
      ...{ method: 'GET', path: 'webhooks/types', scope: read },
      run: () => ({ status: 200, body: { value: eventTypes } }),
    },
    {
      ...{ method: 'GET', path: 'webhooks', scope: read },
      run: ({ call, caller }) =>
        page(
          url(),
          call,
          list(caller).map((each) => shown(url(), each)),
        ),
    },
    {
      ...{ method: 'GET', path: 'webhooks/*', scope: read },
      run: ({ caller, ids: [id = ''] }) => ({ status: 200, body: shown(url(), mine(caller, id)) }),
    },
    {
      ...{ method: 'POST', path: 'webhooks', scope: write },
      run: ({ call, caller }) => store(nextId(), caller, undefined, fieldsOf(bodyObject(call), caller)),
    },
    {
      ...{ method: 'PUT', path: 'webhooks/*', scope: write },
      run({ call, caller, ids: [id = ''] }) {
        const before = mine(caller, id)
        return store(id, caller, before, fieldsOf(bodyObject(call), caller))
      },
    },
    {
      ...{ method: 'DELETE', path: 'webhooks/*', scope: write },
      run({ caller, ids: [id = ''] }) {
        subscriptions.remove(mine(caller, id).id)
        return { status: 200 }
      },
    },
    {
      ...{ method: 'POST', path: 'webhooks/*/notify', scope: write },
      run({ call, caller, ids: [id = ''] }) {
        const { accountId } = mine(caller, id)
        const event = { accountId, type: 'noop', payload: null, source: 'API', requestId: requestIdOf(call) }
        void publisher.publishTo([id], event)
        return { status: 200 }
      },
    },
  ]
}

/** A subscription as the API tells it: without its key. */
function shown(url: string, subscription: Subscription) {
  const { id, accountId, name, eventTypes, eventNotificationUrl, lastUpdated } = subscription
  return {
    ...{ id, href: `${url}/webhooks/${id}`, relation: 'Webhook', method: 'GET' },
    ...{ accountId, name, eventTypes, eventNotificationUrl },
    createdDateUtc: new Date(subscription.createdEpochMs).toISOString(),
    updatedDateUtc: new Date(subscription.updatedEpochMs).toISOString(),
    lastUpdated,
  }
}

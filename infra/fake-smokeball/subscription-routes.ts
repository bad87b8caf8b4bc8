import { Hono } from 'hono'
import { epochMsToTicks } from '../../shared/event/ticks.ts'
import type { Authorized } from './access.ts'
import { type ApiEnv, answer, bodyObject, type Call, Problem, page, requestIdOf } from './answers.ts'
import type { Undocumented } from './behaviour.ts'
import type { Publisher } from './publisher.ts'
import { type Subscription, type Subscriptions, subscriptionFields } from './subscriptions.ts'

interface Deps {
  authorized: Authorized
  subscriptions: Subscriptions
  publisher: Publisher
  eventTypes: readonly string[]
  url(): string
  nextId(): string
  now(): number
  undocumented: Undocumented
}

/** Makes the routes of `/webhooks`: the types, and the subscriptions of the caller's client and account. */
export function subscriptionRoutes(deps: Deps): Hono<ApiEnv> {
  const { authorized, subscriptions, publisher, eventTypes, url, nextId, now, undocumented } = deps
  const [mayRead, mayWrite] = [authorized('webhooks/read'), authorized('webhooks/write')]
  let lastEpochMs = 0

  function list({ var: { caller } }: Call): Subscription[] {
    const listsAll = undocumented.foreignSubscriptions === 'listed'
    return subscriptions
      .all()
      .filter(({ accountId }) => accountId === caller.accountId)
      .filter(({ clientId }) => listsAll || clientId === caller.clientId)
  }

  /** Returns the subscription that the path names. Throws a `Problem` where it is not the caller's. */
  function mine({ req, var: { caller } }: Call): Subscription {
    const id = req.param('id') ?? ''
    const found = subscriptions.find(id)
    if (found && found.clientId !== caller.clientId)
      throw new Problem(403, `Subscription ${id} is not this client's.`)
    if (found?.accountId !== caller.accountId) throw new Problem(404, `There is no subscription ${id}.`)
    return found
  }

  /** Returns a new moment for each subscription, so that their times sort them in the order of their creation. */
  function momentOfCreation(): number {
    lastEpochMs = Math.max(now(), lastEpochMs + 1)
    return lastEpochMs
  }

  async function store(call: Call, before?: Subscription): Promise<Response> {
    const id = before?.id ?? nextId()
    const { clientId, accountId } = before ?? call.var.caller
    const body = await bodyObject(call)
    const fields = subscriptionFields(
      { accountId: call.var.caller.accountId, eventTypes, undocumented },
      body,
    )
    const hasOtherUrl = before !== undefined && before.eventNotificationUrl !== fields.eventNotificationUrl
    if (hasOtherUrl && undocumented.otherUrl === 'refused')
      throw new Problem(400, 'The URL of a subscription does not change.')
    if (hasOtherUrl && undocumented.otherUrl === 'kept')
      fields.eventNotificationUrl = before.eventNotificationUrl
    const at = before ? now() : momentOfCreation()
    const stored: Subscription = {
      ...fields,
      id,
      clientId,
      accountId,
      key: fields.key ?? (undocumented.omittedKey === 'kept' ? before?.key : undefined),
      createdEpochMs: before?.createdEpochMs ?? at,
      updatedEpochMs: at,
      lastUpdated: epochMsToTicks(at),
    }
    subscriptions.put(stored)
    return answer(call, 200, shown(url(), stored))
  }

  function notify(call: Call): Response {
    const { id, accountId } = mine(call)
    const requestId = requestIdOf(call)
    void publisher.publishTo([id], { accountId, type: 'noop', payload: null, source: 'API', requestId })
    return answer(call, 200)
  }

  function remove(call: Call): Response {
    subscriptions.remove(mine(call).id)
    return answer(call, 200)
  }

  const shownList = (call: Call) => list(call).map((each) => shown(url(), each))
  return new Hono<ApiEnv>()
    .get('/webhooks/types', mayRead, (call) => answer(call, 200, { value: eventTypes }))
    .get('/webhooks', mayRead, (call) => page(call, url(), shownList(call)))
    .get('/webhooks/:id', mayRead, (call) => answer(call, 200, shown(url(), mine(call))))
    .post('/webhooks', mayWrite, (call) => store(call))
    .put('/webhooks/:id', mayWrite, (call) => store(call, mine(call)))
    .delete('/webhooks/:id', mayWrite, remove)
    .post('/webhooks/:id/notify', mayWrite, notify)
}

/** Returns a subscription as the API tells it, without its key. */
function shown(url: string, subscription: Subscription) {
  const { id, accountId, name, eventTypes, eventNotificationUrl, lastUpdated } = subscription
  return {
    id,
    href: `${url}/webhooks/${id}`,
    relation: 'Webhook',
    method: 'GET',
    accountId,
    name,
    eventTypes,
    eventNotificationUrl,
    createdDateUtc: new Date(subscription.createdEpochMs).toISOString(),
    updatedDateUtc: new Date(subscription.updatedEpochMs).toISOString(),
    lastUpdated,
  }
}

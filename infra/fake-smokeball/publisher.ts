import { type JsonValue, stringifyLossless } from '../../shared/event/lossless-json.ts'
import { systemEventTypes } from '../../shared/event/payloads.generated.ts'
import type { Ticks } from '../../shared/event/ticks.ts'
import type { BackgroundTasks } from './background-tasks.ts'
import type { DeliveryRules, Undocumented } from './behaviour.ts'
import type { Notification, SendAttempt } from './send-attempt.ts'
import type { Subscription, Subscriptions } from './subscriptions.ts'

/** Something that happened in Smokeball. */
export interface FakeEvent {
  accountId: string
  type: string
  payload: JsonValue
  /** @default 'Smokeball' */
  source?: string
  userId?: string | undefined
  /** The RequestId of the API request behind it, if its caller set one. */
  requestId?: string | undefined
}

export interface Publisher {
  /** Delivers an event to all who subscribe to it. Resolves when each delivery was tried and is not tried again. */
  publish(event: FakeEvent): Promise<void>
  /** Delivers an event to these subscriptions, whatever their types. */
  publishTo(subscriptionIds: readonly string[], event: FakeEvent): Promise<void>
}

interface Deps {
  subscriptions: Subscriptions
  deliveries: Deliveries
  nextTicks(): Ticks
  nextId(): string
  absentRequestId: Undocumented['absentRequestId']
}

/** Makes a notification for each subscription that wants an event. They differ in `subscriptionId` only. */
export function publisher({
  subscriptions,
  deliveries,
  nextTicks,
  nextId,
  absentRequestId,
}: Deps): Publisher {
  async function publishTo(subscriptionIds: readonly string[], event: FakeEvent): Promise<void> {
    const { accountId, userId, type, source = 'Smokeball', payload } = event
    const timestamp = nextTicks()
    const requestId = event.requestId ?? absent()
    await Promise.all(
      subscriptionIds.map((subscriptionId) => {
        const notification = { accountId, userId, subscriptionId, type, source, payload, timestamp }
        return deliveries.carry({ subscriptionId, type, requestId, body: stringifyLossless(notification) })
      }),
    )
  }

  function absent(): string | undefined {
    switch (absentRequestId) {
      case 'empty':
        return ''
      case 'random':
        return nextId()
      case 'left-out':
        return undefined
    }
  }

  return {
    publishTo,
    publish(event) {
      const interested = subscriptions.all().filter((each) => wants(each, event))
      return publishTo(
        interested.map(({ id }) => id),
        event,
      )
    },
  }
}

function wants({ accountId, eventTypes }: Subscription, event: FakeEvent): boolean {
  const reaches = accountId === event.accountId || systemEventTypes.includes(event.type)
  return reaches && eventTypes.includes(event.type)
}

const ordinaryHoldMs = 1_000

interface Deliveries {
  /** Delivers a notification by the rules of this moment. Resolves when its last copy was tried for the last time. */
  carry(notification: Notification): Promise<void>
}

interface DeliveriesDeps {
  background: BackgroundTasks
  rules(): DeliveryRules
  attempt: SendAttempt
  retry: Undocumented['retry']
}

/** Brings notifications to their receivers: those of one subscription one after the other, unless the rules say else. */
export function deliveries({ background, rules, attempt, retry }: DeliveriesDeps): Deliveries {
  const lastOf = new Map<string, Promise<void>>()
  const swapped = swapPairs((ms) => background.sleep(ms))

  function carry(notification: Notification): Promise<void> {
    const { lateMs, duplicates, outOfOrder } = rules()
    const { subscriptionId } = notification
    const deliver = () => inTurn(subscriptionId, () => copies(notification, duplicates))
    const holdMs = typeof outOfOrder === 'object' ? outOfOrder.holdMs : ordinaryHoldMs
    return background.run(async function carrying() {
      if (lateMs > 0) await background.sleep(lateMs)
      const isTaken = outOfOrder ? await swapped(subscriptionId, holdMs, deliver) : await deliver()
      if (!isTaken) await retries(notification)
    })
  }

  /** Returns whether the first copy was taken. */
  async function copies(notification: Notification, duplicates: number): Promise<boolean> {
    const isTaken = await attempt(notification)
    for (let copy = 0; copy < duplicates; copy += 1) await attempt(notification)
    return isTaken
  }

  async function retries(notification: Notification): Promise<void> {
    for (let left = retry.times; left > 0; left -= 1) {
      await background.sleep(retry.afterMs)
      if (await inTurn(notification.subscriptionId, () => attempt(notification))) return
    }
  }

  /** Receivers see what happened in its order, since each answer is waited for. */
  async function inTurn<T>(subscriptionId: string, send: () => Promise<T>): Promise<T> {
    const before = lastOf.get(subscriptionId) ?? Promise.resolve()
    const sending = before.then(send)
    lastOf.set(
      subscriptionId,
      sending.then(
        () => {},
        () => {},
      ),
    )
    return await sending
  }

  return { carry }
}

/**
 * Swaps what comes in pairs: of two calls with one key, the first waits until the second is done, `holdMs` at most. The
 * third waits for the fourth. What has begun is not overtaken: `act` queues by itself.
 */
function swapPairs(sleep: (ms: number) => Promise<void>) {
  /** Each function lets the first of a pair go. */
  const held = new Map<string, () => void>()
  return async function swapped<T>(key: string, holdMs: number, act: () => Promise<T>): Promise<T> {
    const letFirstGo = held.get(key)
    if (letFirstGo) {
      held.delete(key)
      return await act().finally(letFirstGo)
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    held.set(key, resolve)
    await Promise.race([promise, sleep(holdMs)])
    if (held.get(key) === resolve) held.delete(key)
    return await act()
  }
}

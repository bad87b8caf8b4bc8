import { type JsonValue, stringifyLossless } from '../../shared/event/lossless-json.ts'
import { systemEventTypes } from '../../shared/event/payloads.generated.ts'
import type { Ticks } from '../../shared/event/ticks.ts'
import type { Deliveries } from './deliveries.ts'
import type { Subscription, Subscriptions } from './subscriptions.ts'
import type { Unstated } from './unstated.ts'

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
  absentRequestId: Unstated['absentRequestId']
}

/** Makes a notification for each subscription of an event: copies that differ in `subscriptionId` only. */
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

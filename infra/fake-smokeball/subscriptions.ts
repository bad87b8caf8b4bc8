import type { Ticks } from '../../shared/event/ticks.ts'

export interface Subscription {
  id: string
  accountId: string
  clientId: string
  /** Never told by the API. Without one, deliveries are not signed. */
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

/** The subscriptions of all clients; `begin`: those of before. Those whose firm's refresh token is dead are gone. */
export function subscriptions({ isGranted }: Deps, begin: readonly Subscription[] = []) {
  const byId = new Map(begin.map((each) => [each.id, each]))

  /** In the order of their creation. */
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

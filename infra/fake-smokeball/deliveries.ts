import type { Background } from './background.ts'
import type { DeliveryRules } from './delivery-rules.ts'
import type { Notification, SendAttempt } from './send-attempt.ts'
import { swapPairs } from './swap-pairs.ts'
import type { Unstated } from './unstated.ts'

const ordinaryHoldMs = 1_000

export interface Deliveries {
  /** Delivers a notification by the rules of this moment. Resolves when its last copy was tried for the last time. */
  carry(notification: Notification): Promise<void>
}

interface Deps {
  background: Background
  rules(): DeliveryRules
  attempt: SendAttempt
  retry: Unstated['retry']
}

/** Brings notifications to their receivers: those of one subscription one after the other, unless the rules say else. */
export function deliveries({ background, rules, attempt, retry }: Deps): Deliveries {
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

  /** Whether the first one was taken. */
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

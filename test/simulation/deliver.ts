import { notificationOf } from './notifications.ts'
import type { World } from './world.ts'

/** A delivery as the receiver acknowledges it: once the queue has it, or dropped it as a copy. */
export function deliver(world: World, index: number, subscription: number, only?: 'new'): void {
  const plan = world.history.events[index]
  if (!plan) return
  const { event: made, message } = notificationOf(plan, index, subscription)
  if (only && world.witness.acknowledged.has(made.eventId)) return
  const event = world.witness.acknowledged.get(made.eventId) ?? made
  world.know(event, message.body)
  world.witness.acknowledged.set(event.eventId, event)
  const isNew = world.queue.send(message)
  world.note('delivery', event.eventId, plan, { subscription, isNew })
}

import type { DeadLetters } from '../../shared/queue/dead-letters.ts'
import { type DelayedEvent, type LaterQueue, readDelayed } from '../../shared/queue/later.ts'
import type { QueueMessage } from '../../shared/queue/message.ts'
import { backOffMs } from '../../shared/runtime/back-off.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Processed } from './processed.ts'

export interface MoveDeps {
  later: LaterQueue
  deadLetters: DeadLetters
  clock: Clock
  random(): number
}

/** When more messages wait than this, first deliveries go first, and what is due goes round once more. */
export const mostWaiting = 1_000

/**
 * A message of the delay queue: brought back into the group of its resource once it is due, or sent round. What cannot be
 * read goes to the dead-letter queue, which is all that is returned: the rest is told when it is handled. Throws when a queue
 * fails: then the message comes back.
 */
export async function moveDelayed(
  deps: MoveDeps,
  message: QueueMessage,
  signal: AbortSignal,
): Promise<Processed | undefined> {
  const event = delayedEvent(message)
  if (typeof event === 'string') {
    await deps.deadLetters.send(message, { kind: 'unreadable', reason: event, resource: undefined }, signal)
    return { outcome: 'dead-lettered' }
  }
  await move(deps, event, signal)
  return undefined
}

async function move(deps: MoveDeps, event: DelayedEvent, signal: AbortSignal): Promise<void> {
  if (event.dueEpochMs > deps.clock.now()) return deps.later.delay(event, signal)
  if ((await deps.later.backlog(signal)) > mostWaiting) {
    const roundMs = backOffMs(5, deps.random())
    return deps.later.delay(event, signal, roundMs)
  }
  return deps.later.bringBack(event, signal)
}

function delayedEvent({ attributes }: QueueMessage): DelayedEvent | string {
  try {
    return readDelayed(attributes) ?? 'it has come from the delay queue, and says not what is due'
  } catch (error) {
    return (error as Error).message
  }
}

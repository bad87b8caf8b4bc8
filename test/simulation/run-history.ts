import { messageGroupId } from '../../shared/event/event-identity.ts'
import { checkEnd } from './check-end.ts'
import { deliver } from './deliver.ts'
import { formatTrace } from './format-trace.ts'
import type { History } from './history.ts'
import { knowActions } from './known-actions.ts'
import { newWorld } from './new-world.ts'
import { probe } from './probe.ts'
import { runOn } from './run-on.ts'
import { scheduleReplays } from './send-replays.ts'
import type { World } from './world.ts'

export interface HistoryResult {
  violations: readonly string[]
  /** What happened, a line each. */
  trace(): string
}

/**
 * Runs a history to its end: until faults have stopped, the queue is empty and nothing is planned; then probes with
 * copies of all events. The same history always runs the same.
 */
export async function runHistory(history: History): Promise<HistoryResult> {
  const world = newWorld(history)
  const { witness } = world
  knowActions(world)
  scheduleDeliveries(world)
  scheduleRedrives(world)
  scheduleReplays(world)
  if (await runOn(world)) checkEnd(world)
  if (witness.violations.length === 0 && history.probe !== 'none') await probe(world)
  return { violations: witness.violations, trace: () => formatTrace(world) }
}

function scheduleDeliveries(world: World): void {
  let atEpochMs = world.time.now()
  for (const { event, subscription, afterMs } of world.history.deliveries) {
    atEpochMs += afterMs
    world.time.schedule(atEpochMs, () => deliver(world, event % world.history.events.length, subscription))
  }
}

/** The operator's command gives each its resource's group, so that its events stay apart. */
function scheduleRedrives(world: World): void {
  const { time, queue, deadLetterQueue, randomId } = world
  for (const { atMs, keepsCopy, keepsGroup } of world.history.redrives) {
    time.schedule(time.now() + atMs, () => {
      for (const message of deadLetterQueue.drain()) {
        world.note('redrive', world.eventOf(message).eventId)
        const { resource } = message.attributes
        const groupId = keepsGroup || resource === undefined ? message.groupId : messageGroupId(resource)
        queue.send({ ...message, groupId, deduplicationId: randomId() })
        if (keepsCopy) deadLetterQueue.send({ ...message, deduplicationId: randomId() })
      }
    })
  }
}

import { hangingHandlers } from '../../shared/handling/hanging-handlers.ts'
import type { QueueMessage } from '../../shared/queue/message.ts'
import { faultyWire } from './faulty-wire.ts'
import type { History } from './history.ts'
import { deadLetter, invokeConsumer, isAstray } from './invoke-consumer.ts'
import { handlerPlans } from './scripted-handlers.ts'
import { simulatedDynamodb } from './simulated-dynamodb.ts'
import { type QueuedMessage, simulatedQueue } from './simulated-queue.ts'
import { simulatedTime } from './simulated-time.ts'
import { visibilityMs } from './simulated-worker.ts'
import { type DeliveredEvent, newWitness } from './witness.ts'
import type { World } from './world.ts'

/** A net like the deployed one, though nearer: histories that end in it end sooner. */
const maxReceiveCount = 100

export function newWorld(history: History): World {
  const time = simulatedTime(Date.UTC(2026, 0, 1))
  const witness = newWitness()
  const byId = new Map<string, DeliveredEvent>()
  const byText = new Map<string, DeliveredEvent>()
  let ids = 0
  const { lateHandlesDelete } = history
  const queueOptions = { time, visibilityMs, maxReceiveCount, lateHandlesDelete, olderHandlesDelete: false }
  const lookUp = (map: Map<string, DeliveredEvent>, key: string) => {
    const event = map.get(key)
    if (!event) throw new Error(`The simulation knows no event ${key}`)
    return event
  }
  const world: World = {
    history,
    time,
    wire: faultyWire(history, time),
    dynamodb: simulatedDynamodb({ itemOnFailure: history.itemOnFailure }),
    queue: simulatedQueue({
      ...queueOptions,
      onExhausted: (message) => {
        deadLetter(world, withoutReason(message), undefined)
        world.deadLetterQueue.send({ ...message, deduplicationId: world.randomId() })
      },
      onAvailable: (fromEpochMs) => schedulePoll(world, fromEpochMs),
    }),
    delayQueue: simulatedQueue({
      ...queueOptions,
      olderHandlesDelete: lateHandlesDelete,
      maxReceiveCount: Number.POSITIVE_INFINITY,
      onExhausted() {},
      onAvailable: (fromEpochMs) => scheduleDelayed(world, fromEpochMs),
    }),
    deadLetterQueue: simulatedQueue({ ...queueOptions, onExhausted() {}, onAvailable() {} }),
    plans: handlerPlans.filter(({ name }) => history.handlers.includes(name)),
    witness,
    hanging: hangingHandlers(time.now),
    delayed: 0,
    outliving: undefined,
    mayOutlive(worker) {
      world.outliving ??= worker
      world.outliving.isUnlocked = true
      return world.outliving === worker
    },
    randomId: () => `random-${++ids}`,
    know(event, text) {
      byId.set(event.eventId, event).set(event.eventId.slice(0, 8), event)
      byText.set(text, event)
    },
    // A reference ends with the first digits of the id.
    eventById: (id) => lookUp(byId, id.split('-').at(-1) ?? ''),
    eventByText: (text) => lookUp(byText, text),
    eventOf: ({ body, attributes }) => {
      const [, id] = attributes.event?.split(' ') ?? []
      return id === undefined ? world.eventByText(body) : world.eventById(id)
    },
    deadLettered: () =>
      new Set(world.deadLetterQueue.messages().map((message) => world.eventOf(message).eventId)),
    note: (...what) => witness.trace.push([time.now(), ...what]),
    fail: (error) => witness.violations.push(`The simulation failed: ${(error as Error).stack}`),
  }
  return world
}

/** A redriven message bears the reason of the letter that it was. */
function withoutReason({ body, attributes: { reason: _, ...attributes } }: QueuedMessage): QueueMessage {
  return { body, attributes }
}

function schedulePoll(world: World, fromEpochMs: number): void {
  world.time.schedule(fromEpochMs + world.wire.latencyMs(), () => {
    // One by one, so that a worker has an event only once: lines tell of events, not of messages.
    const isMixed = world.queue.messages().some((message) => isAstray(world, message))
    const messages = world.queue.receive(isMixed ? 1 : world.history.batchSize)
    if (messages.length === 0) return
    invokeConsumer(world, `worker-${world.randomId().slice(7)}`, messages)
    schedulePoll(world, world.time.now())
  })
}

/** The second event source of the consumer. */
function scheduleDelayed(world: World, fromEpochMs: number): void {
  world.time.schedule(fromEpochMs + world.wire.latencyMs(), () => {
    const messages = world.delayQueue.receive(world.history.batchSize)
    if (messages.length > 0) invokeConsumer(world, `mover-${world.randomId().slice(7)}`, messages, 'delayed')
  })
}

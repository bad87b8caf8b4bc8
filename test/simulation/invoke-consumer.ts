import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { GetQueueAttributesCommand, type SendMessageCommand } from '@aws-sdk/client-sqs'
import { consumeBatch } from '../../functions/consumer/consume-batch.ts'
import type { ReceivedMessage } from '../../functions/consumer/sqs-batch.ts'
import { messageGroupId } from '../../shared/event/event-identity.ts'
import { runningHandlers } from '../../shared/handling/running-handlers.ts'
import { dynamodbLedger } from '../../shared/ledger/dynamodb-ledger.ts'
import { maxSlots } from '../../shared/ledger/ledger-slots.ts'
import { dynamodbOpenedMarks } from '../../shared/ledger/opened-marks.ts'
import { sqsDeadLetters } from '../../shared/queue/dead-letters.ts'
import { sqsLaterQueue } from '../../shared/queue/later.ts'
import type { QueueMessage } from '../../shared/queue/message.ts'
import { withoutSmokeball } from '../without-smokeball.ts'
import { checkDeadLetter } from './check-outcome.ts'
import type { Fault, History } from './history.ts'
import { maxAttempts } from './limits.ts'
import { unlistedTypes } from './scripted-handlers.ts'
import { scriptedHandlers } from './scripted-runs.ts'
import { attributesOf, type QueuedMessage, type SimulatedQueue } from './simulated-queue.ts'
import {
  retention,
  type SimulatedWorker,
  shortLivedBodies,
  simulatedWorker,
  visibilityMs,
} from './simulated-worker.ts'
import type { Call, DeliveredEvent } from './witness.ts'
import type { World } from './world.ts'

interface Options {
  abortSignal: AbortSignal
}

/** Runs the consumer on messages just received: the real flow, ledger and dead letters, on a simulated wire. */
export function invokeConsumer(
  world: World,
  name: string,
  messages: readonly QueuedMessage[],
  from: 'event' | 'delayed' = 'event',
): void {
  const { time, wire } = world
  const queue = from === 'delayed' ? world.delayQueue : world.queue
  const receivedEpochMs = time.now()
  const { startDelayMs, isLate } = planStart(world)
  if (startDelayMs === undefined) return
  const startEpochMs = receivedEpochMs + startDelayMs
  const worker = simulatedWorker(world, { name, receivedEpochMs, startEpochMs })
  if (isLate) world.mayOutlive(worker)
  const isDelayed = from === 'delayed'
  if (!isDelayed && messages.some((message) => isAstray(world, message))) worker.isUnlocked = true
  world.note(name, 'receives', ...messages.map((message) => world.eventOf(message).eventId))
  const report = (kept: readonly string[]) => {
    worker.hasEnded = true
    if (!isDelayed) checkKept(world, worker, messages, kept)
    const answer = () => {
      world.note(name, 'reports', kept)
      for (const { messageId, receiptHandle } of messages)
        if (!kept.includes(messageId)) queue.delete(receiptHandle)
    }
    // An answer that gets lost deletes nothing.
    wire.request(worker, 'report', new AbortController().signal, answer).catch(() => {})
  }
  const start = () => {
    if (world.history.bodies === 'short-lived') world.dynamodb.expire(time.now())
    const received = messages.map((message) => ({ ...message, isDelayed }))
    const batch = { messages: received, limit: worker.limit }
    void consumeBatch(depsOf(world, worker, messages, queue), batch)
      .then(report)
      .catch(world.fail)
  }
  time.schedule(startEpochMs, start, worker)
}

/** Whether a message is not in the group of its resource. */
export function isAstray(world: World, message: QueuedMessage): boolean {
  return message.groupId !== messageGroupId(world.eventOf(message).resourceKey)
}

/** A throttled invocation may start when its messages are about to be visible again; a failed one never does. */
function planStart({ wire, outliving }: World): { startDelayMs: number | undefined; isLate: boolean } {
  const fault = wire.nextFault('start')
  const isLate = outliving === undefined && (fault?.what.startsWith('stalls') ?? false)
  if (fault && isLate) return { startDelayMs: visibilityMs - 15_000 + fault.overMs, isLate }
  return { startDelayMs: fault?.what.startsWith('dies') ? undefined : wire.latencyMs(), isLate }
}

function depsOf(
  world: World,
  worker: SimulatedWorker,
  messages: readonly QueuedMessage[],
  queue: SimulatedQueue,
) {
  const { time, wire, randomId } = world
  const client = sqsClient(world, worker)
  return {
    handlers: scriptedHandlers(world, worker),
    ledger: dynamodbLedger({
      client: dynamodbClient(world, worker),
      tableName: 'events',
      retention: world.history.bodies === 'short-lived' ? shortLivedBodies : retention,
      now: time.now,
      randomId,
    }),
    deadLetters: sqsDeadLetters({ client, queueUrl: 'dead-letters', randomId }),
    later: sqsLaterQueue({
      client,
      delayQueueUrl: 'delay',
      eventQueueUrl: 'events',
      now: time.now,
      randomId,
    }),
    randomId,
    hanging: world.hanging,
    openedMarks: dynamodbOpenedMarks({
      client: dynamodbClient(world, worker),
      tableName: 'events',
      now: time.now,
    }),
    running: runningHandlers(),
    clock: worker.clock,
    random: () => (wire.latencyMs() % 100) / 100,
    log: readLines(world, worker, messages),
    describe: String,
    maxAttempts,
    ...withoutSmokeball,
    readSecrets: async () => new Map(),
    whyTurnedAway: async () => undefined,
    isOwn: async (requestId: string) => {
      if (requestId !== 'bomb-request') return requestId.startsWith('own-')
      worker.die()
      return new Promise<boolean>(() => {})
    },
    changeVisibility: ({ receiptHandle }: ReceivedMessage, seconds: number, signal: AbortSignal) =>
      wire.request(worker, 'visibility', signal, () => queue.changeVisibility(receiptHandle, seconds)),
  }
}

/** The lines of the log tell how the work on an event ended. */
function readLines(world: World, worker: SimulatedWorker, messages: readonly QueuedMessage[]) {
  return (_level: string, line: Record<string, unknown>) => {
    world.note(worker.name, line)
    if (line.failure === 'consumer') {
      const message = messages.find(({ messageId }) => messageId === line.message)
      if (message) worker.endCall(world.eventOf(message), 'threw')
    }
    if (typeof line.event === 'string' && typeof line.id === 'string')
      worker.endCall(world.eventById(line.id), line.event, line.replay as string | undefined)
  }
}

function dynamodbClient(world: World, worker: SimulatedWorker) {
  const send = async (command: object, { abortSignal }: Options) => {
    const { at, event, isRecord = false } = whatItDoes(world, command)
    const call = event && worker.callFor(event)
    const key = command instanceof GetItemCommand ? command.input.Key : undefined
    if (key) worker.readLedger(key.pk?.S ?? '')
    try {
      return await world.wire.request(worker, at, abortSignal, () => {
        if (isRecord && call) call.finishedEpochMs ??= world.time.now()
        const answer = world.dynamodb.apply(command)
        world.note(worker.name, at, event?.eventId, 'is done')
        if (at === 'claim' && call) {
          worker.claim(call)
          checkRoom(world, call, command)
        }
        return answer
      })
    } catch (error) {
      if (at === 'finish' && call) call.isDisturbed = true
      throw error
    }
  }
  return { send } as never
}

/** A ledger that every new action makes longer would outgrow its item; of those that are listed there are few. */
function checkRoom({ witness, history }: World, { event }: Call, command: object): void {
  const slot = (command as UpdateItemCommand).input.ExpressionAttributeNames?.['#slot']
  if (!slot?.startsWith('a#') || !unlistedTypes.includes(event.type)) return
  witness.slots.add(`${event.resourceKey} ${slot}`)
  const own = [...witness.slots].filter((each) => each.startsWith(`${event.resourceKey} `)).length
  const cutShort = witness.calls.filter(({ isDisturbed }) => isDisturbed).length
  // The one that fills it, and one for each write whose answer did not come.
  if (
    history.knownActions > 0 &&
    history.knownActions + own > maxSlots + 1 + history.faults.length + cutShort
  )
    witness.violations.push(`the ledger of ${event.resourceKey} grows without end`)
}

interface Deed {
  at: Fault['at']
  event: DeliveredEvent | undefined
  /** It writes what became of the event, and not a part of its body. */
  isRecord?: boolean
}

function whatItDoes(world: World, command: object): Deed {
  const isMark = command instanceof UpdateItemCommand && command.input.Key?.sk?.S === 'opened'
  if (command instanceof GetItemCommand || command instanceof DeleteItemCommand || isMark)
    return { at: 'read', event: undefined }
  const key =
    command instanceof PutItemCommand ? command.input.Item : (command as UpdateItemCommand).input.Key
  const [kind, , ofEvent] = (key?.sk?.S ?? '').split('#')
  if (kind === 'event' || kind === 'body')
    return { at: 'finish', event: world.eventById(ofEvent ?? ''), isRecord: kind === 'event' }
  if (command instanceof UpdateItemCommand) {
    const id = command.input.ExpressionAttributeValues?.[':lease']?.M?.e?.S
    return { at: 'claim', event: id === undefined ? undefined : world.eventById(id) }
  }
  throw new Error('The ledger sends a command that the simulation does not know')
}

function sqsClient(world: World, worker: SimulatedWorker) {
  const { wire, history } = world
  const send = (command: SendMessageCommand | GetQueueAttributesCommand, { abortSignal }: Options) => {
    if (command instanceof GetQueueAttributesCommand)
      return wire.request(worker, 'backlog', abortSignal, () => ({
        Attributes: { ApproximateNumberOfMessages: String(world.queue.messages().length) },
      }))
    const { input } = command
    const message = {
      body: input.MessageBody ?? '',
      attributes: attributesOf(input.MessageAttributes),
      groupId: input.MessageGroupId ?? '',
      deduplicationId: input.MessageDeduplicationId ?? '',
    }
    switch (input.QueueUrl) {
      case 'dead-letters':
        return wire.request(worker, 'dead-letter', abortSignal, () => {
          const call = worker.callFor(world.eventOf(message))
          if (world.deadLetterQueue.send(message)) deadLetter(world, message, call)
        })
      case 'events':
        return wire.request(worker, 'bring-back', abortSignal, () => world.queue.send(message))
      default:
        return wire.request(worker, 'delay', abortSignal, () => {
          const { lateMs, copies } = nextDelay(world, history.delays)
          for (const id of ['a', 'b'].slice(0, copies)) {
            const groupId = `${world.randomId()}${id}`
            const delayMs = 1000 * (input.DelaySeconds ?? 0) + (id === 'a' ? lateMs : 0)
            world.delayQueue.send({ ...message, groupId, deduplicationId: groupId, delayMs })
          }
        })
    }
  }
  return { send } as never
}

function nextDelay(world: World, delays: History['delays']): History['delays'][number] {
  return delays[world.delayed++ % delays.length] ?? { lateMs: 0, copies: 1 }
}

/** (11): what a handler failed at, and what is done, leaves the queue: nobody behind it waits. */
function checkKept(
  world: World,
  worker: SimulatedWorker,
  messages: readonly QueuedMessage[],
  kept: readonly string[],
): void {
  const { witness, time } = world
  const endsBeforeItsTime = time.now() < worker.limit.reportEpochMs
  if (!endsBeforeItsTime || worker.isUnlocked) return
  const ended = witness.calls.filter(
    ({ worker: by, outcome }) => by === worker && !['busy', 'outdated', 'threw', undefined].includes(outcome),
  )
  for (const [event, ofEvent] of Map.groupBy(messages, (message) => world.eventOf(message))) {
    const done = ofEvent.filter(({ messageId }) => !kept.includes(messageId)).length
    if (ended.filter((call) => call.event === event).length > done)
      witness.violations.push(`(11) stays in the queue, though its run has ended: event ${event.eventId}`)
  }
}

/** `by`: the work that gave it up; undefined when the queue itself did. */
export function deadLetter(world: World, { body, attributes }: QueueMessage, by: Call | undefined): void {
  const { reason, replay, fence } = attributes
  const { witness, time } = world
  const event = world.eventOf({ body, attributes })
  world.note('dead letter', event.eventId, reason, { replay })
  const id = replay?.split(' ')[0]
  checkDeadLetter(world, { event, reason, by, replay: id })
  const { eventId } = event
  const [runsBefore, atEpochMs] = [witness.runs.length, time.now()]
  witness.renewed.push({ eventId, runsBefore, by, replay: id, fence, atEpochMs })
}

import { GetItemCommand, PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { SendMessageCommand } from '@aws-sdk/client-sqs'
import { consumeBatch } from '../../functions/consumer/consume-batch.ts'
import { sqsDeadLetters } from '../../shared/dead-letters.ts'
import { dynamodbLedger } from '../../shared/dynamodb-ledger.ts'
import { messageGroupId } from '../../shared/event-identity.ts'
import { maxSlots } from '../../shared/ledger-slots.ts'
import type { QueueMessage } from '../../shared/message.ts'
import { withoutSmokeball } from '../without-smokeball.ts'
import { checkDeadLetter } from './check-outcome.ts'
import type { Fault } from './history.ts'
import { maxAttempts } from './limits.ts'
import { scriptedHandlers } from './scripted-runs.ts'
import { attributesOf, type QueuedMessage } from './simulated-queue.ts'
import { retention, type SimulatedWorker, simulatedWorker, visibilityMs } from './simulated-worker.ts'
import type { Call, DeliveredEvent } from './witness.ts'
import type { World } from './world.ts'

interface Options {
  abortSignal: AbortSignal
}

/** Runs the consumer on messages just received: the real flow, ledger and dead letters, on a simulated wire. */
export function invokeConsumer(world: World, name: string, messages: readonly QueuedMessage[]): void {
  const { time, wire } = world
  const receivedEpochMs = time.now()
  const { startDelayMs, isLate } = planStart(world)
  if (startDelayMs === undefined) return
  const startEpochMs = receivedEpochMs + startDelayMs
  const worker = simulatedWorker(world, { name, receivedEpochMs, startEpochMs })
  if (isLate) world.mayOutlive(worker)
  if (messages.some((message) => isAstray(world, message))) worker.isUnlocked = true
  world.note(name, 'receives', ...messages.map(({ body }) => world.eventByText(body).eventId))
  const report = (kept: readonly string[]) => {
    worker.hasEnded = true
    const answer = () => {
      world.note(name, 'reports', kept)
      for (const { messageId, receiptHandle } of messages)
        if (!kept.includes(messageId)) world.queue.delete(receiptHandle)
    }
    // An answer that gets lost deletes nothing.
    wire.request(worker, 'report', new AbortController().signal, answer).catch(() => {})
  }
  const start = () => {
    const batch = { messages, limit: worker.limit }
    void consumeBatch(depsOf(world, worker, messages), batch)
      .then(report)
      .catch(world.fail)
  }
  time.schedule(startEpochMs, start, worker)
}

/** Whether a message is not in the group of its resource. */
export function isAstray(world: World, { body, groupId }: QueuedMessage): boolean {
  return groupId !== messageGroupId(world.eventByText(body).resourceKey)
}

/** A throttled invocation may start when its messages are about to be visible again; a failed one never does. */
function planStart({ wire, outliving }: World): { startDelayMs: number | undefined; isLate: boolean } {
  const fault = wire.nextFault('start')
  const isLate = outliving === undefined && (fault?.what.startsWith('stalls') ?? false)
  if (fault && isLate) return { startDelayMs: visibilityMs - 15_000 + fault.overMs, isLate }
  return { startDelayMs: fault?.what.startsWith('dies') ? undefined : wire.latencyMs(), isLate }
}

function depsOf(world: World, worker: SimulatedWorker, messages: readonly QueuedMessage[]) {
  const { time, wire, queue, randomId } = world
  return {
    handlers: scriptedHandlers(world, worker),
    ledger: dynamodbLedger({
      client: dynamodbClient(world, worker),
      tableName: 'events',
      retention,
      now: time.now,
      randomId,
    }),
    deadLetters: sqsDeadLetters({ client: sqsClient(world, worker), queueUrl: 'dead-letters', randomId }),
    clock: worker.clock,
    random: () => (wire.latencyMs() % 100) / 100,
    log: readLines(world, worker, messages),
    describe: String,
    maxAttempts,
    ...withoutSmokeball,
    readSecrets: async () => new Map(),
    isOwn: async (requestId: string) => requestId.startsWith('own-'),
    changeVisibility: (receiptHandle: string, seconds: number, signal: AbortSignal) =>
      wire.request(worker, 'visibility', signal, () => queue.changeVisibility(receiptHandle, seconds)),
  }
}

/** The lines of the log tell how the work on an event ended. */
function readLines(world: World, worker: SimulatedWorker, messages: readonly QueuedMessage[]) {
  return (_level: string, line: Record<string, unknown>) => {
    world.note(worker.name, line)
    if (line.failure === 'consumer') {
      const message = messages.find(({ messageId }) => messageId === line.message)
      if (message) worker.endCall(world.eventByText(message.body), 'threw')
    }
    if (typeof line.event === 'string' && typeof line.id === 'string')
      worker.endCall(world.eventById(line.id), line.event, line.replay as string | undefined)
  }
}

function dynamodbClient(world: World, worker: SimulatedWorker) {
  const send = async (command: object, { abortSignal }: Options) => {
    const { at, event } = whatItDoes(world, command)
    const call = event && worker.callFor(event)
    const key = command instanceof GetItemCommand ? command.input.Key : undefined
    if (key?.sk?.S === 'ledger') worker.readLedger(key.pk?.S ?? '')
    try {
      return await world.wire.request(worker, at, abortSignal, () => {
        if (at === 'finish' && call) call.finishedEpochMs ??= world.time.now()
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

/** A ledger that every new action makes longer would outgrow its item. */
function checkRoom({ witness, history }: World, { event }: Call, command: object): void {
  const slot = (command as UpdateItemCommand).input.ExpressionAttributeNames?.['#slot']
  if (!slot?.startsWith('a#')) return
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

function whatItDoes(world: World, command: object): { at: Fault['at']; event: DeliveredEvent | undefined } {
  if (command instanceof UpdateItemCommand) {
    const id = command.input.ExpressionAttributeValues?.[':lease']?.M?.e?.S
    return { at: 'claim', event: id === undefined ? undefined : world.eventById(id) }
  }
  if (command instanceof PutItemCommand) {
    const id = command.input.Item?.sk?.S?.split('#')[2]
    return { at: 'finish', event: id === undefined ? undefined : world.eventById(id) }
  }
  if (command instanceof GetItemCommand) return { at: 'read', event: undefined }
  throw new Error('The ledger sends a command that the simulation does not know')
}

function sqsClient(world: World, worker: SimulatedWorker) {
  const send = ({ input }: SendMessageCommand, { abortSignal }: Options) =>
    world.wire.request(worker, 'dead-letter', abortSignal, () => {
      const { MessageBody = '', MessageGroupId = '', MessageDeduplicationId = '' } = input
      const attributes = attributesOf(input.MessageAttributes)
      const wasNew = world.deadLetterQueue.send({
        body: MessageBody,
        attributes,
        groupId: MessageGroupId,
        deduplicationId: MessageDeduplicationId,
      })
      const call = worker.callFor(world.eventByText(MessageBody))
      if (wasNew) deadLetter(world, { body: MessageBody, attributes }, call)
    })
  return { send } as never
}

/** `by`: the work that gave it up; undefined when the queue itself did. */
export function deadLetter(
  world: World,
  { body, attributes: { reason, replay, fence } }: QueueMessage,
  by: Call | undefined,
): void {
  const { witness, time } = world
  const event = world.eventByText(body)
  world.note('dead letter', event.eventId, reason, { replay })
  const id = replay?.split(' ')[0]
  checkDeadLetter(witness, { event, reason, by, replay: id })
  const { eventId } = event
  const [runsBefore, atEpochMs] = [witness.runs.length, time.now()]
  witness.renewed.push({ eventId, runsBefore, by, replay: id, fence, atEpochMs })
}

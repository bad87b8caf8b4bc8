import { randomUUID } from 'node:crypto'
import { type AttributeValue, DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, vi } from 'vitest'
import { on, type SmokeballEvent } from '#webhooks'
import { type Engines, startEngines } from '../../infra/local/engines/engines.ts'
import { tableName } from '../../infra/operate/local-account.ts'
import { readEnvelope } from '../../shared/event/envelope.ts'
import type { Handler } from '../../shared/handling/handler-registry.ts'
import { eventAttributes, packMessage } from '../../shared/queue/message.ts'
import { coldStart, lambdaContext, restoreUncaught } from './cold-start.ts'
import { type TakenMessage, takeAll } from './queue-contents.ts'

type Failures = { batchItemFailures: { itemIdentifier: string }[] }
export type Consumer = (event: unknown, context: unknown) => Promise<Failures>
type Line = Record<string, unknown>

export let engines: Engines
export let dynamodb: DynamoDBClient
export let lines: Line[]
/** New in each test, so that each has a table of its own. */
export let accountId: string

beforeAll(async () => {
  engines = await startEngines({ consumerTimeoutMs: 30_000 })
  dynamodb = new DynamoDBClient(engines.dynamodbConfig)
})
afterAll(async () => {
  dynamodb.destroy()
  await engines.stop()
})
beforeEach(() => {
  accountId = randomUUID()
  lines = []
  for (const level of ['info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(line))
  }
})
afterEach(async () => {
  restoreUncaught()
  vi.restoreAllMocks()
  await takeAll(engines.sqsConfig, engines.deadLetterQueueUrl)
  await takeAll(engines.sqsConfig, engines.queueUrl)
  vi.unstubAllEnvs()
  vi.useRealTimers()
})

/** A cold start of the consumer around these handlers, and whatever else the handlers file exports. */
export function start(
  handlers: readonly Handler[],
  overrides: Record<string, string> = {},
  exported: object = {},
): Promise<Consumer> {
  const load = async () => {
    vi.doMock('#handlers', () => ({ default: handlers, ...exported }))
    return import('../../functions/consumer/handler.ts')
  }
  return coldStart<Consumer>(load, engines, overrides)
}

export interface Given {
  type?: string
  ticks?: bigint | number
  id?: string
  payload?: string
  subscription?: string
  requestId?: string
}

/** A message as the receiver queues it and Lambda hands it over. */
export function message(given: Given = {}) {
  const { type = 'contact.updated', ticks = 1, id = 'c', subscription = 's', requestId = 'r' } = given
  const payload = given.payload ?? `{"id":${JSON.stringify(id)}}`
  const text = `{"accountId":"${accountId}","subscriptionId":"${subscription}","type":${JSON.stringify(type)},"source":"API","payload":${payload},"timestamp":${ticks}}`
  const { messageAttributes, ...sent } = record(Buffer.from(text), id, requestId)
  return {
    ...sent,
    messageAttributes: { ...messageAttributes, ...typed(eventAttributes(readEnvelope(text))) },
  }
}

export type SqsRecord = ReturnType<typeof record>

/** A message of these bytes, which does not say which event it is of: as an earlier release queued it. */
export function record(bytes: Buffer, group: string, requestId = 'r') {
  const note = { requestId, sentTicks: undefined, receivedEpochMs: Date.now(), keyFingerprint: 'f' }
  const packed = packMessage(bytes, note)
  if (!packed) throw new Error('too long for a test')
  return {
    messageId: randomUUID(),
    receiptHandle: 'none',
    body: packed.body,
    attributes: { ApproximateReceiveCount: '1', MessageGroupId: group as string | undefined },
    messageAttributes: typed(packed.attributes),
  }
}

function typed(attributes: Record<string, string | undefined>) {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, stringValue = '']) => [name, { stringValue, dataType: 'String' }]),
  )
}

/** The message as an operator's replay. */
export function replayed(of: SqsRecord, replay: string): SqsRecord {
  return { ...of, messageAttributes: { ...of.messageAttributes, ...typed({ replay }) } }
}

/** The message as it comes for the nth time. */
export function received(of: SqsRecord, count: number): SqsRecord {
  return { ...of, attributes: { ...of.attributes, ApproximateReceiveCount: String(count) } }
}

/** A dead letter, back in the queue as it was. */
export function redriven(letter: TakenMessage | undefined): SqsRecord {
  return { ...message(), body: letter?.body ?? '', messageAttributes: typed(letter?.attributes ?? {}) }
}

/** Tells of each whether it stays in the queue. */
export async function consume(consumer: Consumer, ...records: SqsRecord[]): Promise<boolean[]> {
  const { batchItemFailures } = await consumer({ Records: records }, lambdaContext(30_000))
  return records.map(({ messageId }) =>
    batchItemFailures.some(({ itemIdentifier }) => itemIdentifier === messageId),
  )
}

/** What waits in the delay queue for this test's account, as Lambda hands it over once the time has passed. */
export async function delayedAfter(ms: number): Promise<SqsRecord[]> {
  later(ms)
  return recordsOf(await takeAll(engines.sqsConfig, engines.delayQueueUrl))
}

/** What was brought back into the event queue for this test's account. */
export async function broughtBack(): Promise<SqsRecord[]> {
  return recordsOf(await takeAll(engines.sqsConfig, engines.queueUrl))
}

/** Lets the time pass, and what is due come back: by the delay queue into the resource's group. Of each, whether it stays. */
export async function comeBack(consumer: Consumer, ms: number): Promise<boolean[]> {
  const delayed = await delayedAfter(ms)
  const kept = await consume(consumer, ...delayed)
  if (kept.includes(true)) throw new Error('A delayed message was not moved.')
  return consume(consumer, ...(await broughtBack()))
}

function recordsOf(taken: readonly TakenMessage[]): SqsRecord[] {
  return taken
    .filter(({ attributes }) => attributes.resource?.startsWith(accountId))
    .map(({ body, groupId, attributes }) => ({
      ...message(),
      body,
      attributes: { ApproximateReceiveCount: '1', MessageGroupId: groupId },
      messageAttributes: typed(attributes),
    }))
}

export async function items(resource = `${accountId}|contact|c`): Promise<Record<string, AttributeValue>[]> {
  const { Items = [] } = await dynamodb.send(
    new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: resource } },
      ConsistentRead: true,
    }),
  )
  return Items
}
export const events = async (resource?: string) =>
  (await items(resource)).filter(({ sk }) => sk?.S?.startsWith('event#'))
export const statuses = async (resource?: string) => (await events(resource)).map(({ status }) => status?.S)
/** How often the resource's event under way was claimed in a row, and came to nothing. */
export const tries = async (resource?: string) =>
  (await items(resource)).find(({ sk }) => sk?.S === 'ledger')?.lease?.M?.n?.N
export const deadLetters = () => takeAll(engines.sqsConfig, engines.deadLetterQueueUrl)
export const outcomes = () => lines.filter((line) => 'event' in line).map(({ event }) => event)
export const later = (ms: number) => vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms })

/** A handler that notes what it sees. */
export function noting(
  types: string | string[],
  options: Parameters<typeof on>[1],
  act: (event: SmokeballEvent) => unknown = () => {},
) {
  const seen: SmokeballEvent[] = []
  const handler = on(types, options, (event) => {
    seen.push(event)
    return act(event)
  })
  return Object.assign(handler, { seen, ticks: () => seen.map((event) => Number(event.ticks)) })
}

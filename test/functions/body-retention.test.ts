import { randomBytes, randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { DeleteItemCommand, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import { expect, it } from 'vitest'
import { on } from '#webhooks'
import { tableName } from '../../infra/operate/local-account.ts'
import { sendReplay } from '../../infra/operate/replay/send-replays.ts'
import { readEnvelope } from '../../shared/event/envelope.ts'
import { readEventItem } from '../../shared/ledger/read-event.ts'
import { dynamodbAside } from '../../shared/queue/aside.ts'
import { eventAttributes, referringMessage } from '../../shared/queue/message.ts'
import { partKeys } from '../../shared/queue/stored-body.ts'
import { variables } from '../../shared/runtime/environment.ts'
import { PermanentFailure } from '../../shared/runtime/handler-errors.ts'
import {
  accountId,
  broughtBack,
  comeBack,
  consume,
  deadLetters,
  dynamodb,
  engines,
  events,
  items,
  later,
  message,
  noting,
  outcomes,
  redriven,
  start,
} from './consumer-world.ts'

const { signal } = new AbortController()
const threeDays = { [variables.bodyRetentionDays]: '3' }
const day = 86_400_000

/** In how many days the body's parts of the one event expire; none: it lies in its event. */
async function bodyDays(): Promise<number[]> {
  const parts = (await items()).filter(({ sk }) => sk?.S?.startsWith('body#'))
  return parts.map(({ ttl }) => Math.round((Number(ttl?.N) * 1000 - Date.now()) / day))
}

/** As time to live does. */
async function removeBodies(): Promise<void> {
  for (const { pk, sk } of (await items()).filter(({ sk }) => sk?.S?.startsWith('body#')))
    await dynamodb.send(
      new DeleteItemCommand({ TableName: tableName, Key: { pk: pk ?? { S: '' }, sk: sk ?? { S: '' } } }),
    )
}

const stored = async () => {
  const [item = {}] = await events()
  return readEventItem({ client: dynamodb, tableName }, item, signal)
}

it('keeps bodies with their events when no time is set for them', async () => {
  await consume(await start([on('*', { name: 'h' }, () => {})]), message())
  expect(await bodyDays()).toEqual([])
  expect(await events()).toMatchObject([{ body: expect.anything(), status: { S: 'handled' } }])
})

it('lets the body of a handled event go before its event, which a replay is then told', async ({
  onTestFinished,
}) => {
  await consume(await start([on('*', { name: 'h' }, () => {})], threeDays), message())
  expect(await bodyDays()).toEqual([3])
  const sqs = new SQSClient(engines.sqsConfig)
  onTestFinished(() => sqs.destroy())
  const deps = { client: dynamodb, tableName, sqs, queueUrl: engines.queueUrl } as never
  const replay = (id: string, event: Awaited<ReturnType<typeof stored>>) =>
    sendReplay(deps, event, { id, handlers: 'all', force: false }, signal)
  const event = await stored()
  expect(event.text).toContain('"id":"c"')
  expect(await replay('r1', event)).toBe('sent')
  await removeBodies()
  expect(await stored()).toMatchObject({ text: undefined, bodyDays: 3, status: 'handled' })
  expect(await replay('r2', event)).toBe('expired')
})

it('takes a copy for a duplicate when the body is gone', async () => {
  const handler = noting('*', { name: 'h' })
  const consumer = await start([handler], threeDays)
  await consume(consumer, message())
  await removeBodies()
  await consume(consumer, message())
  expect([outcomes(), handler.seen.length]).toEqual([['handled', 'duplicate'], 1])
})

it('keeps the body of what is to be run again for 45 days, and for three once it was handled', async () => {
  let fails = 1
  const handler = noting('*', { name: 'h' }, () => {
    if (fails-- > 0) throw new Error('once')
  })
  const consumer = await start([handler], threeDays)
  await consume(consumer, message({ payload: '{"id":"c","name":"Ann"}' }))
  expect(await bodyDays()).toEqual([45])
  await comeBack(consumer, 10_000)
  expect(handler.seen.map(({ payload }) => payload)).toEqual(Array(2).fill({ id: 'c', name: 'Ann' }))
  expect([outcomes(), await bodyDays()]).toEqual([['failed', 'handled'], [3]])
})

it('keeps the body of a dead letter as long as its record, and has it go once a redrive was handled', async () => {
  let fails = true
  const handler = noting('*', { name: 'h' }, () => {
    if (fails) throw new PermanentFailure('no')
  })
  const consumer = await start([handler], threeDays)
  await consume(consumer, message())
  expect(await bodyDays()).toEqual([30])
  fails = false
  later(1_000)
  await consume(consumer, redriven((await deadLetters())[0]))
  expect(outcomes()).toEqual(['dead-lettered', 'handled'])
  expect(new Set(await bodyDays())).toEqual(new Set([3]))
})

const largePayload = () => `{"id":"c","x":"${randomBytes(200_000).toString('hex')}"}`

/** A message that refers to its body, which no message holds. */
async function largeMessage(payload = largePayload()) {
  const text = `{"accountId":"${accountId}","subscriptionId":"s","type":"contact.updated","source":"API","payload":${payload},"timestamp":1}`
  const aside = dynamodbAside({ client: dynamodb, tableName, now: Date.now, randomId: randomUUID })
  const encoding = await aside.store(
    { gzipped: gzipSync(text), resourceKey: `${accountId}|contact|c` },
    signal,
  )
  const note = { requestId: 'r', sentTicks: undefined, receivedEpochMs: Date.now(), keyFingerprint: 'f' }
  const { body, attributes } = referringMessage(note, encoding)
  const ofEvent = { ...attributes, ...eventAttributes(readEnvelope(text)) }
  const record = redriven({ body, attributes: ofEvent } as never)
  const partDays = () =>
    Promise.all(
      partKeys(attributes).map(async (Key) => {
        const { Item } = await dynamodb.send(new GetItemCommand({ TableName: tableName, Key }))
        return Math.round((Number(Item?.ttl?.N) * 1000 - Date.now()) / day)
      }),
    )
  return { record, partDays }
}

it('lets the stored body go that a message referred to, also that of a duplicate', async () => {
  const consumer = await start([on('*', { name: 'h' }, () => {})], threeDays)
  const payload = largePayload()
  const [first, copy] = [await largeMessage(payload), await largeMessage(payload)]
  expect([await first.partDays(), await copy.partDays()]).toEqual([[45], [45]])
  await consume(consumer, first.record)
  await consume(consumer, copy.record)
  expect(outcomes()).toEqual(['handled', 'duplicate'])
  expect([await first.partDays(), await copy.partDays()]).toEqual([[3], [3]])
})

it('leaves stored bodies as they are when no time is set for them', async () => {
  const { record, partDays } = await largeMessage()
  await consume(await start([on('*', { name: 'h' }, () => {})]), record)
  expect([outcomes(), await partDays()]).toEqual([['handled'], [45]])
})

it('keeps the stored body that a dead letter refers to', async () => {
  const fail = () => {
    throw new PermanentFailure('no')
  }
  const consumer = await start([on('*', { name: 'h' }, fail)], threeDays)
  const { record, partDays } = await largeMessage()
  await consume(consumer, record)
  expect([outcomes(), await partDays()]).toEqual([['dead-lettered'], [45]])
  expect(await broughtBack()).toEqual([])
})

it('keeps the stored body of a dead letter also when its message comes twice', async () => {
  const fail = () => {
    throw new PermanentFailure('no')
  }
  const consumer = await start([on('*', { name: 'h' }, fail)], threeDays)
  const { record, partDays } = await largeMessage()
  await consume(consumer, record)
  // What was put aside is sent again when the bringing in ends between the queue and the table.
  await consume(consumer, record)
  expect([outcomes(), await partDays()]).toEqual([['dead-lettered', 'duplicate'], [45]])
})

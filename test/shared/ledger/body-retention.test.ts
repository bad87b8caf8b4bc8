import { randomUUID } from 'node:crypto'
import { type AttributeValue, DeleteItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { parseTicks } from '../../../shared/event/ticks.ts'
import { writeEventItems } from '../../../shared/ledger/event-item.ts'
import type { EventRecord } from '../../../shared/ledger/event-record.ts'
import { finish } from '../../../shared/ledger/finish.ts'
import { readEvent, readRun } from '../../../shared/ledger/read-event.ts'
import { retentionOf } from '../../../shared/ledger/retention.ts'
import { type EventTable, eventRecord, eventTable, startEpochMs } from './event-table.ts'

const { signal } = new AbortController()
const retention = retentionOf({ events: 30, ledgers: 400, bodies: 3 })
const day = 86_400_000
let table: EventTable

beforeAll(async () => {
  table = await eventTable()
})
afterAll(() => table.stop())

/** An event of a resource of its own. */
function newRecord(given: Partial<EventRecord> = {}): EventRecord {
  return eventRecord({
    resourceKey: `firm-1|contact|${randomUUID()}`,
    ticks: parseTicks('639170696424691361'),
    ...given,
  })
}

const write = (record: EventRecord, isStored: boolean, of = retention, atDay = 0) =>
  finish({ ...table, retention: of, now: () => startEpochMs + atDay * day }, record, isStored, signal)

/** Days from the start after which each item of a resource expires, by the beginning of its sort key; and whether it has a body. */
async function itemsOf({ resourceKey }: EventRecord): Promise<[string, number, boolean][]> {
  const scan = new ScanCommand({
    TableName: table.tableName,
    FilterExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: resourceKey } },
    ConsistentRead: true,
  })
  const { Items = [] } = await table.client.send(scan)
  return Items.map((item: Record<string, AttributeValue>): [string, number, boolean] => {
    const [kind = '', , , fence = ''] = item.sk?.S?.split('#') ?? []
    return [`${kind}${fence}`, (Number(item.ttl?.N) * 1000 - startEpochMs) / day, item.body !== undefined]
  }).sort()
}

it('a body that is kept as long as its event lies in it', async () => {
  const record = newRecord()
  await write(record, false, retentionOf({ events: 30, ledgers: 400, bodies: 30 }))
  expect(await itemsOf(record)).toEqual([['event', 30, true]])
})

it.each(['handled', 'superseded', 'own', 'unhandled', 'dropped'] as const)(
  'the body of an event that is %s expires by itself, sooner than its record',
  async (status) => {
    const record = newRecord({ status })
    expect(await write(record, false)).toBe('recorded')
    expect(await itemsOf(record)).toEqual([
      ['body1', 3, true],
      ['event', 30, false],
    ])
    expect(await readEvent(table, record, signal)).toMatchObject({ text: record.text, bodyDays: 3 })
  },
)

it('what is to be run again keeps its body for 45 days, and a dead letter as long as its record', async () => {
  const failed = newRecord({ status: 'failed' })
  const letter = newRecord({ status: 'dead-lettered' })
  for (const record of [failed, letter]) {
    await write(record, false)
    expect(await readRun(table, record, signal)).not.toHaveProperty('bodyDays')
  }
  expect(await itemsOf(failed)).toEqual([
    ['body1', 45, true],
    ['event', 45, false],
  ])
  expect(await itemsOf(letter)).toEqual([
    ['body1', 30, true],
    ['event', 30, false],
  ])
})

/** The record of a later run, which found the earlier one. */
async function nextRun(record: EventRecord, given: Partial<EventRecord>): Promise<EventRecord> {
  const { bodyFence, bodyParts } = (await readRun(table, record, signal)) ?? {}
  expect([bodyFence, bodyParts]).toEqual([1, 1])
  return { ...record, fence: 2, attempts: 2, bodyFence: 1, bodyParts: 1, ...given }
}

it('a body is kept for so long from the end of the last retry on', async () => {
  const record = newRecord({ status: 'failed' })
  await write(record, false)
  await write(await nextRun(record, { status: 'handled' }), true, retention, 2)
  expect(await itemsOf(record)).toEqual([
    ['body1', 5, true],
    ['event', 32, false],
  ])
  expect(await readEvent(table, record, signal)).toMatchObject({
    text: record.text,
    bodyDays: 3,
    attempts: 2,
  })
})

it('a body that is to be run again and again is kept for 45 days from the first failure on', async () => {
  const record = newRecord({ status: 'failed' })
  await write(record, false)
  await write(await nextRun(record, { status: 'failed' }), true, retention, 2)
  expect(await itemsOf(record)).toEqual([
    ['body1', 45, true],
    ['event', 47, false],
  ])
  expect(await readRun(table, record, signal)).not.toHaveProperty('bodyDays')
})

it('a body that lay in its event before bodies had a time of their own stays with it', async () => {
  const record = newRecord({ status: 'failed' })
  await write(record, false, retentionOf({ events: 30, ledgers: 400 }))
  await write({ ...record, fence: 2, status: 'handled' }, true)
  expect(await itemsOf(record)).toEqual([['event', 30, true]])
  expect(await readRun(table, record, signal)).not.toHaveProperty('bodyDays')
})

it('a run that stores the body anew has the earlier one expire', async () => {
  const record = newRecord({ status: 'failed' })
  await write(record, false)
  await write(await nextRun(record, { status: 'failed' }), false, retention, 1)
  expect(await itemsOf(record)).toEqual([
    ['body1', 4, true],
    ['body2', 46, true],
    ['event', 46, false],
  ])
})

it('a body that is gone stays so, and its event tells for how long it was kept', async () => {
  const record = newRecord()
  await write(record, false)
  const [part] = writeEventItems(record, startEpochMs, retention).parts
  if (!part?.pk || !part.sk) throw new Error('It has no part.')
  await table.client.send(
    new DeleteItemCommand({ TableName: table.tableName, Key: { pk: part.pk, sk: part.sk } }),
  )
  await write(await nextRun(record, {}), true, retention, 4)
  expect(await itemsOf(record)).toEqual([['event', 34, false]])
  expect(await readEvent(table, record, signal)).toMatchObject({
    text: undefined,
    bodyDays: 3,
    status: 'handled',
  })
})

it('an outdated run leaves the body as it is', async () => {
  const record = newRecord({ status: 'failed', fence: 3 })
  await write(record, false)
  const outdated = { ...record, fence: 2, status: 'handled' as const, bodyFence: 3, bodyParts: 1 }
  expect(await write(outdated, true)).toBe('outdated')
  expect(await itemsOf(record)).toEqual([
    ['body3', 45, true],
    ['event', 45, false],
  ])
})

it.each([0, 0.5, 31, Number.NaN])('%d days for bodies are refused', (bodies) => {
  expect(() => retentionOf({ events: 30, ledgers: 400, bodies })).toThrow(
    /Keep bodies for 1 day at least, and no longer than events \(30 days\), not .* \(bodyRetentionDays\)/,
  )
})

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { epochMsToTicks, parseTicks } from '../../../shared/event/ticks.ts'
import { dynamodbLedger } from '../../../shared/ledger/dynamodb-ledger.ts'
import { readHistory } from '../../../shared/ledger/resource-history.ts'
import { readResourceState } from '../../../shared/ledger/resource-state.ts'
import { retentionOf } from '../../../shared/ledger/retention.ts'
import { type EventTable, eventRecord, eventTable, startEpochMs } from './event-table.ts'

const signal = new AbortController().signal
const resourceKey = 'firm|matter|7'

let table: EventTable
beforeAll(async () => {
  table = await eventTable()
  // Received in the opposite order, beside a ledger, parts of a body and another resource.
  const events = Array.from({ length: 500 }, (_, index) =>
    eventRecord({
      ...{ resourceKey, receivedEpochMs: startEpochMs - index },
      ticks: epochMsToTicks(startEpochMs + (index >> 1)),
    }),
  )
  await table.write([...events, eventRecord({ resourceKey: 'firm|matter|70' })])
})
afterAll(() => table.stop())

it.each([true, false])('pages through a history in event order, oldest first: %s', async (oldestFirst) => {
  const told: { ticks: bigint; eventId: string }[] = []
  let cursor: string | undefined
  do {
    const page = await readHistory(table, { resourceKey, limit: 33, cursor, oldestFirst }, signal)
    told.push(...page.events)
    cursor = page.cursor
  } while (cursor !== undefined)
  expect(new Set(told.map(({ eventId }) => eventId)).size).toBe(500)
  const ticks = told.map((event) => event.ticks)
  expect(ticks).toEqual(ticks.toSorted((a, b) => (a < b === oldestFirst ? -1 : a === b ? 0 : 1)))
})

it('tells a failure, and no cursor of another kind is taken', async () => {
  const key = 'firm|matter|8'
  const failed = { outcome: 'failed', failures: 1, waits: 0, error: 'Error: x' } as const
  await table.write([eventRecord({ resourceKey: key, status: 'failed', handlers: { crm: failed } })])
  const { events } = await readHistory(table, { resourceKey: key, limit: 5 }, signal)
  expect(events).toMatchObject([{ handlers: { crm: failed }, accountId: 'firm', resource: { id: '8' } }])
  await expect(
    readHistory(table, { resourceKey: key, limit: 5, cursor: 'mhikn8rn-00000000' }, signal),
  ).rejects.toMatchObject({ code: 'INVALID_CURSOR' })
})

it('tells what the ledger says of a resource', async () => {
  const key = 'firm|matter|9'
  const ledger = dynamodbLedger({
    ...{
      client: table.client,
      tableName: table.tableName,
      retention: retentionOf({ events: 30, ledgers: 400 }),
    },
    ...{ now: () => startEpochMs, randomId: randomUUID },
  })
  expect(await readResourceState(table, key, signal)).toBeUndefined()
  const claims = [
    ['matter.updated', 'foreign', 5],
    ['matter.a#b', 'own', 9],
    ['matter', 'foreign', 7],
    [`matter.${'x'.repeat(300)}`, 'foreign', 8],
  ] as const
  for (const [type, origin, ticks] of claims)
    await ledger.claim({
      ...{ resourceKey: key, type, origin, ticks: parseTicks(String(ticks)), eventId: `e${ticks}` },
      ...{
        redrivenFence: undefined,
        replayId: undefined,
        laterToken: undefined,
        as: 'newest',
        leaseUntilEpochMs: startEpochMs + 35_000,
        signal,
      },
    })
  await ledger.countWrite({ resourceKey: key, handler: 'crm', windowMs: 60_000 }, signal)
  const claimedEpochMs = startEpochMs
  expect(await readResourceState(table, key, signal)).toEqual({
    seen: [
      { origin: 'own', action: 'a#b', ticks: 9n, eventId: 'e9', claimedEpochMs },
      { origin: 'foreign', action: undefined, ticks: 8n, eventId: 'e8', claimedEpochMs },
      { origin: 'foreign', action: '', ticks: 7n, eventId: 'e7', claimedEpochMs },
      { origin: 'foreign', action: 'updated', ticks: 5n, eventId: 'e5', claimedEpochMs },
    ],
    lease: { eventId: 'e8', untilEpochMs: startEpochMs + 35_000, tries: 1 },
    fence: startEpochMs + 3,
    writes: [{ handler: 'crm', count: 1, sinceEpochMs: startEpochMs }],
  })
})

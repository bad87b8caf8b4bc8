import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { EventStatus, HandlerOutcome } from '../../../shared/event/outcomes.ts'
import { epochMsToTicks } from '../../../shared/event/ticks.ts'
import { readFeed } from '../../../shared/ledger/event-feed.ts'
import { type EventFilter, matchesFilter } from '../../../shared/ledger/event-filter.ts'
import { writeEventItems } from '../../../shared/ledger/event-item.ts'
import type { EventRecord } from '../../../shared/ledger/event-record.ts'
import { type EventRow, readEventRow } from '../../../shared/ledger/event-row.ts'
import { type EventTable, eventItems, eventRecord, eventTable, kept, startEpochMs } from './event-table.ts'

const signal = new AbortController().signal
const count = 4_000
const types = ['contact.updated', 'contact.created', 'matter.updated', 'error']
const statuses: EventStatus[] = ['handled', 'superseded', 'own', 'unhandled', 'failed', 'dead-lettered']
const outcomes: HandlerOutcome[] = ['handled', 'superseded', 'own', 'failed', 'timed-out', 'gave-up']

/** All differ, and a hundred share each millisecond, and two of these their place in the feed. */
function recordOf(index: number): EventRecord {
  const id = (index * 2_654_435_761 + 12_345) % 2 ** 32
  const shared = index % 50 === 0 ? 'c0ffee00' : id.toString(16).padStart(8, '0')
  return eventRecord({
    eventId: shared + index.toString(16).padStart(24, '0'),
    ticks: epochMsToTicks(startEpochMs + index),
    resourceKey: `firm%20${index % 3}|contact|${index % 50}`,
    type: types[index % 4] ?? '',
    status: statuses[index % 6] ?? 'handled',
    handlers:
      index % 5 === 0
        ? {}
        : {
            [index % 2 ? 'crm' : 'a.b-c']: {
              outcome: outcomes[index % 6] ?? 'handled',
              failures: 0,
              waits: 0,
            },
          },
    receivedEpochMs: startEpochMs + Math.floor(index / 100),
  })
}

let table: EventTable
let rows: EventRow[]
beforeAll(async () => {
  table = await eventTable()
  const records = Array.from({ length: count }, (_, index) => recordOf(index))
  await table.write(records)
  rows = eventItems(records)
    .map(({ event }) => readEventRow(event))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1))
}, 60_000)
afterAll(() => table.stop())
beforeEach(() => void table.queries.splice(0))

function keyOf({ delivery, eventId }: EventRow): string {
  return `${delivery.receivedEpochMs}${eventId}`
}

async function pages(filter: EventFilter, limit: number) {
  const all = []
  let cursor: string | undefined
  do {
    const page = await readFeed(table, { filter, limit, cursor }, signal)
    all.push(page)
    cursor = page.cursor
  } while (cursor !== undefined && all.length < count)
  return all
}

const ids = (events: readonly EventRow[]) => events.map(({ eventId }) => eventId)

describe('a page of the feed', () => {
  it('is one round of three queries, which read little, whatever the table’s size', async () => {
    const { events, cursor, looked } = await readFeed(table, { limit: 20 }, signal)
    expect(ids(events)).toEqual(ids(rows.slice(0, 20)))
    expect(events[0]).toEqual(rows[0])
    expect([table.queries.length, looked]).toEqual([3, 63])
    await readFeed(table, { limit: 20, cursor }, signal)
    expect(table.queries).toHaveLength(6)
  })

  it('has the last ones without a cursor', async () => {
    const page = await readFeed(table, { limit: count }, signal)
    expect(ids(page.events)).toEqual(ids(rows))
    expect(page).toMatchObject({ cursor: undefined, lookedBackToEpochMs: undefined })
  })

  it('refuses what is no cursor', async () => {
    for (const cursor of ['', 'x', '-', `1-${'a'.repeat(9)}`, `1-${'a'.repeat(33)}`])
      await expect(readFeed(table, { limit: 1, cursor }, signal)).rejects.toMatchObject({
        code: 'INVALID_CURSOR',
      })
  })
})

it('pages through all events once, in order, whatever the page’s size', async () => {
  for (const limit of [1, 2, 37, 1_000]) {
    const since = limit < 10 ? { sinceEpochMs: startEpochMs + 38 } : {}
    const found = (await pages(since, limit)).flatMap(({ events }) => events)
    expect(ids(found), String(limit)).toEqual(ids(rows.filter((row) => matchesFilter(since, row))))
  }
})

const anyFilter: fc.Arbitrary<EventFilter> = fc.record(
  {
    accountId: fc.constantFrom('firm 0', 'firm 1', 'firm'),
    type: fc.constantFrom('contact.*', 'contact.created', 'matter.*', 'error', '*'),
    outcomes: fc.uniqueArray(fc.constantFrom(...statuses, ...outcomes), { maxLength: 2 }),
    handler: fc.constantFrom('crm', 'a.b-c', 'constructor'),
    sinceEpochMs: fc.integer({ min: -5, max: 45 }).map((ms) => startEpochMs + ms),
    untilEpochMs: fc.integer({ min: -5, max: 45 }).map((ms) => startEpochMs + ms),
    own: fc.boolean(),
    late: fc.boolean(),
  },
  { requiredKeys: [] },
)

it('tells each event of a filter once, in order, over all its pages', async () => {
  await fc.assert(
    fc.asyncProperty(anyFilter, fc.integer({ min: 20, max: 600 }), async (filter, limit) => {
      const found = (await pages(filter, limit)).flatMap(({ events }) => events)
      expect(ids(found)).toEqual(ids(rows.filter((row) => matchesFilter(filter, row))))
    }),
    { numRuns: 25 },
  )
}, 120_000)

it('goes on where it was when newer events have come meanwhile', async () => {
  const first = await readFeed(table, { limit: 10 }, signal)
  const newer = eventRecord({ receivedEpochMs: startEpochMs + 10_000 })
  await table.write([newer])
  const second = await readFeed(table, { limit: 10, cursor: first.cursor }, signal)
  expect(ids([...first.events, ...second.events])).toEqual(ids(rows.slice(0, 20)))
  const again = await readFeed(table, { limit: 1 }, signal)
  expect(ids(again.events)).toEqual([newer.eventId])
})

it('ends a page of a filter that nothing meets after so much work, with a cursor', async () => {
  const older = Array.from({ length: 5_000 }, (_, index) =>
    eventRecord({ resourceKey: `firm|task|${index}`, receivedEpochMs: startEpochMs - index }),
  )
  await table.write(older)
  table.queries.splice(0)
  const [first, second, ...more] = await pages({ type: 'x.*' }, 5)
  expect(first).toMatchObject({ events: [], looked: 7_500, cursor: expect.any(String) })
  expect(first?.lookedBackToEpochMs).toBeLessThan(startEpochMs - 3_000)
  expect(second).toMatchObject({ events: [], cursor: undefined })
  expect([more, table.queries.length < 40]).toEqual([[], true])
}, 60_000)

describe('a filter', () => {
  const row = (given: Parameters<typeof eventRecord>[0]) =>
    readEventRow(writeEventItems(eventRecord(given), startEpochMs, kept).event)
  const handled = { outcome: 'handled', failures: 0, waits: 0 } as const
  const gaveUp = row({
    status: 'dead-lettered',
    handlers: { crm: handled, mail: { outcome: 'gave-up', failures: 20, waits: 0 } },
  })

  it('of an outcome means the event’s, the named handler’s, or that of any if only handlers come to it', () => {
    expect(matchesFilter({ outcomes: ['dead-lettered'] }, gaveUp)).toBe(true)
    expect(matchesFilter({ outcomes: ['gave-up'] }, gaveUp)).toBe(true)
    expect(matchesFilter({ outcomes: ['handled'] }, gaveUp)).toBe(false)
    expect(matchesFilter({ outcomes: ['failed', 'gave-up'] }, gaveUp)).toBe(true)
    expect(matchesFilter({ outcomes: ['handled'], handler: 'crm' }, gaveUp)).toBe(true)
    expect(matchesFilter({ outcomes: ['handled'], handler: 'mail' }, gaveUp)).toBe(false)
    expect(matchesFilter({ outcomes: ['unhandled'], handler: 'mail' }, gaveUp)).toBe(false)
    expect(matchesFilter({ outcomes: ['unhandled'], handler: 'new' }, gaveUp)).toBe(true)
    expect(matchesFilter({ outcomes: ['unhandled'] }, gaveUp)).toBe(false)
  })

  it('takes an event that handlers put off for none that failed', () => {
    const record = (outcome: 'handled' | 'failed' | 'retry-after') => ({ outcome, failures: 0, waits: 1 })
    const putOff = row({
      status: 'failed',
      handlers: { crm: record('retry-after'), mail: record('handled') },
    })
    expect(matchesFilter({ outcomes: ['failed'] }, putOff)).toBe(false)
    expect(matchesFilter({ outcomes: ['retry-after'] }, putOff)).toBe(true)
    const failed = row({ status: 'failed', handlers: { crm: record('retry-after'), mail: record('failed') } })
    expect(matchesFilter({ outcomes: ['failed'] }, failed)).toBe(true)
  })

  it('of a type takes `contact` for no `contact.*`', () => {
    expect(matchesFilter({ type: 'contact.*' }, row({ type: 'contact' }))).toBe(false)
    expect(matchesFilter({ type: 'contact.*' }, row({ type: 'contact.x.y' }))).toBe(true)
  })

  it('of an account takes no other whose id begins with it', () => {
    expect(matchesFilter({ accountId: 'firm' }, row({ resourceKey: 'firm-1|contact|1' }))).toBe(false)
  })
})

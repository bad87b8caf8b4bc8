import { afterAll, beforeAll, expect, it } from 'vitest'
import { feedWatch } from '../../../infra/console/server/feed-watch.ts'
import { eventReference } from '../../../shared/event/event-identity.ts'
import { feedShards } from '../../../shared/ledger/event-indexes.ts'
import type { EventRecord } from '../../../shared/ledger/event-record.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import { type EventTable, eventRecord, eventTable, startEpochMs } from '../../shared/ledger/event-table.ts'

let table: EventTable
beforeAll(async () => {
  table = await eventTable()
})
afterAll(() => table.stop())

const minute = 60_000
const { signal } = new AbortController()
const at = (ms: number, given: Partial<EventRecord> = {}) =>
  eventRecord({ receivedEpochMs: startEpochMs + ms, ...given })
const clock = { now: () => startEpochMs }
const idsOf = (rows: readonly (EventRow | EventRecord)[]) => rows.map(({ eventId }) => eventId)

it('tells what is new and what changed, and reads no more than the last stretch', async () => {
  await table.write(Array.from({ length: 1_500 }, (_, index) => at(index * 100 - 10 * minute)))
  const watch = feedWatch({ ...table, clock })
  await watch.look(signal)
  table.queries.length = 0
  const [first, second] = [at(1), at(2)]
  await table.write([second, first])
  expect(idsOf(await watch.look(signal))).toEqual(idsOf([first, second]))
  expect(await watch.look(signal)).toEqual([])
  // Each look asks one query of each shard.
  expect(table.queries.length).toBe(2 * feedShards)
  await table.write([{ ...first, status: 'failed', fence: 2 }])
  expect(idsOf(await watch.look(signal))).toEqual(idsOf([first]))
  // Others come, by far later, before it is tried again.
  await table.write([at(20 * minute)])
  expect(await watch.look(signal)).toHaveLength(1)
  await table.write([{ ...first, status: 'handled', fence: 3, attempts: 2 }])
  expect((await watch.look(signal)).map(({ eventId, status }) => [eventId, status])).toEqual([
    [first.eventId, 'handled'],
  ])
  expect(await watch.look(signal)).toEqual([])
})

it('looks out for an old event that something is about to become of', async () => {
  const old = at(-100 * minute, { status: 'dead-lettered' })
  await table.write([old])
  const watch = feedWatch({ ...table, clock })
  await watch.look(signal)
  watch.expect(eventReference({ eventId: old.eventId, receivedEpochMs: old.delivery.receivedEpochMs }))
  expect(idsOf(await watch.look(signal))).toEqual(idsOf([old]))
  await table.write([{ ...old, status: 'handled', fence: 2 }])
  expect((await watch.look(signal)).map(({ status }) => status)).toEqual(['handled'])
})

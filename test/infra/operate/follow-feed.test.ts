import { afterAll, beforeAll, expect, it } from 'vitest'
import { type FollowOptions, followFeed } from '../../../infra/operate/events/feed.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import { type EventTable, eventRecord, eventTable, startEpochMs } from '../../shared/ledger/event-table.ts'

let table: EventTable
beforeAll(async () => {
  table = await eventTable()
})
afterAll(() => table.stop())

const minute = 60_000
const at = (ms: number, eventId?: string) =>
  eventRecord({ receivedEpochMs: startEpochMs + ms, ...(eventId !== undefined && { eventId }) })

/** Looks are made one by one: each call returns what one look told. */
function follow(options: Partial<FollowOptions> = {}, fail: () => boolean = () => false) {
  const ending = new AbortController()
  let pausing = Promise.withResolvers<void>()
  let resume = () => {}
  const clock = {
    after(_ms: number, callback: () => void) {
      resume = callback
      pausing.resolve()
      return () => {}
    },
  }
  const client = {
    send: ((...args: Parameters<typeof table.client.send>) => {
      if (fail()) throw new Error('no network')
      return table.client.send(...args)
    }) as typeof table.client.send,
  }
  const told: EventRow[] = []
  const problems: number[] = []
  const deps = {
    client,
    tableName: table.tableName,
    clock,
    onProblem: (_: unknown, inARow: number) => problems.push(inARow),
  }
  const done = (async () => {
    for await (const row of followFeed(deps, { filter: {}, waitedMs: 5 * minute, ...options }, ending.signal))
      told.push(row)
  })()
  return {
    problems,
    /** Ids that were told since. */
    async look(times = 1) {
      for (let time = 0; time < times; time++) {
        await pausing.promise
        pausing = Promise.withResolvers()
        resume()
      }
      await pausing.promise
      return told.splice(0).map(({ eventId }) => eventId)
    },
    async end() {
      ending.abort()
      await expect(done).rejects.toThrow()
    },
  }
}

const idsOf = (events: readonly { eventId: string }[]) => events.map(({ eventId }) => eventId)

it('tells each event once, in the order in which they were received, and nothing of before', async () => {
  const before = Array.from({ length: 20 }, (_, index) => at(index * minute))
  await table.write(before)
  const tail = follow()
  expect(await tail.look()).toEqual([])
  const [first, second, third] = [at(20 * minute), at(21 * minute), at(22 * minute)]
  await table.write([second, first])
  expect(await tail.look()).toEqual(idsOf([first, second]))
  // Its retry is recorded, and another one comes.
  await table.write([{ ...second, attempts: 2, fence: 9 }, third])
  expect(await tail.look()).toEqual(idsOf([third]))
  expect(await tail.look(40)).toEqual([])
  await tail.end()
})

it('tells one that waited at the next long look, and one that waited longer than is asked for not', async () => {
  const newest = at(60 * minute)
  await table.write([newest])
  const tail = follow({ waitedMs: 10 * minute })
  await tail.look()
  const [waited, longer] = [at(52 * minute), at(49 * minute)]
  await table.write([waited, longer])
  expect(await tail.look(20)).toEqual(idsOf([waited]))
  await tail.end()
})

it('begins with what came since, with a filter over all, and a thousand at once', async () => {
  const many = Array.from({ length: 1_200 }, (_, index) => ({
    ...at(100 * minute + index),
    status: index % 2 ? ('failed' as const) : ('handled' as const),
  }))
  await table.write(many)
  const tail = follow({
    filter: { outcomes: ['failed'] },
    sinceEpochMs: startEpochMs + 100 * minute + 100,
  })
  const expected = many.filter(({ status }, index) => status === 'failed' && index >= 100)
  expect(await tail.look()).toEqual(idsOf(expected))
  expect(await tail.look(20)).toEqual([])
  await tail.end()
})

it('goes on when a look failed, and misses nothing', async () => {
  let isDown = false
  const tail = follow({}, () => isDown)
  await tail.look()
  isDown = true
  const missed = at(200 * minute)
  await table.write([missed])
  expect(await tail.look(3)).toEqual([])
  isDown = false
  expect(await tail.look()).toEqual(idsOf([missed]))
  expect(tail.problems).toEqual([1, 2, 3])
  await tail.end()
})

import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { promisify } from 'node:util'
import { getRequestListener } from '@hono/node-server'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type LiveMessage, type LiveStatus, liveFeed } from '../../../infra/console/server/live-feed.ts'
import { liveRoutes } from '../../../infra/console/server/live-routes.ts'
import { close, listen } from '../../../infra/http/listen.ts'
import { lineRecord } from '../../../infra/local/line-record.ts'
import { feedShards } from '../../../shared/ledger/event-indexes.ts'
import { systemClock } from '../../../shared/runtime/clock.ts'
import { type EventTable, eventRecord, eventTable } from '../../shared/ledger/event-table.ts'

const empty = { waiting: 0, inWork: 0 }
const status: LiveStatus = {
  at: '2026-07-01T09:30:00.000Z',
  handling: 'enabled',
  queue: empty,
  delayed: empty,
  deadLetters: empty,
  local: null,
  handlers: '',
}

let table: EventTable
beforeAll(async () => {
  table = await eventTable()
})
afterAll(() => table.stop())

it('looks once for all that listen, and not at all when nobody does', async () => {
  let statuses = 0
  const feed = liveFeed({
    ...{ table, clock: systemClock, record: undefined, looksMs: { events: 20, status: 2_000 } },
    status: async () => ({ ...status, handlers: `asked ${++statuses} times` }),
  })
  table.queries.length = 0
  await new Promise((resolve) => setTimeout(resolve, 60))
  expect([table.queries.length, statuses]).toEqual([0, 0])
  const told: LiveMessage[][] = [[], [], []]
  const ends = told.map((each) => feed.subscribe((message) => each.push(message)))
  await expect.poll(() => told.map(({ length }) => length)).toEqual([1, 1, 1])
  expect(statuses).toBe(1)
  for (const end of ends) end()
  await new Promise((resolve) => setTimeout(resolve, 60))
  const asked = table.queries.length
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect([table.queries.length, statuses]).toEqual([asked, 1])
})

it('tells each problem once, tells it again to who comes later, and says when it is over', async (context) => {
  let fails: string | undefined = 'no network'
  const client = {
    send: ((...args: Parameters<typeof table.client.send>) => {
      if (fails !== undefined) throw Object.assign(new Error(fails), { $metadata: {} })
      return table.client.send(...args)
    }) as typeof table.client.send,
  }
  const feed = liveFeed({
    ...{
      table: { ...table, client },
      clock: systemClock,
      record: undefined,
      looksMs: { events: 10, status: 2_000 },
    },
    status: async () => status,
  })
  const listen = () => {
    const told: LiveMessage[] = []
    context.onTestFinished(feed.subscribe((message) => told.push(message)))
    const of = (kind: string) =>
      told.filter(({ event }) => event === kind).map(({ data }) => JSON.parse(data))
    return { of, problems: () => of('problem') }
  }
  const events = (error: unknown) => ({ source: 'events', error })
  const noNetwork = events(expect.stringMatching(/^Cannot call AWS: no network\./))
  const first = listen()
  await expect.poll(first.problems).toEqual([noNetwork])
  const second = listen()
  // Not after a while: with its first words.
  expect(second.problems()).toEqual([noNetwork])
  fails = 'no name'
  const noName = events(expect.stringMatching(/no name/))
  await expect.poll(first.problems).toEqual([noNetwork, noName])
  fails = undefined
  await expect.poll(first.problems).toEqual([noNetwork, noName, events(null)])
  expect(second.problems()).toEqual([noNetwork, noName, events(null)])
  expect(listen().problems()).toEqual([])
  const event = eventRecord({ receivedEpochMs: Date.now() })
  await table.write([event])
  await expect.poll(() => first.of('row').map(({ eventId }) => eventId)).toEqual([event.eventId])
  expect(first.problems()).toHaveLength(3)
})

it('keeps the problem of a status, whatever the looks at the table come to', async (context) => {
  const feed = liveFeed({
    ...{ table, clock: systemClock, record: undefined, looksMs: { events: 10, status: 2_000 } },
    status: async () => {
      throw new Error('no status')
    },
  })
  const told: LiveMessage[] = []
  context.onTestFinished(feed.subscribe((message) => told.push(message)))
  table.queries.length = 0
  await expect.poll(() => table.queries.length).toBeGreaterThan(3 * feedShards)
  const problem = { source: 'status', error: 'The console failed at a look: Error: no status' }
  const problems = told.filter(({ event }) => event === 'problem').map(({ data }) => JSON.parse(data))
  expect(problems).toEqual([problem])
})

const delivery = {
  type: 'log',
  level: 'info',
  json: '{"sb":1,"delivery":"refused","why":"bad-signature","ms":1}',
} as const

it('tells who comes the last 200 deliveries, with the numbers that they had before', async (context) => {
  const record = lineRecord()
  const deliver = (times: number) => {
    for (let time = 0; time < times; time++) record.from('receiver')(delivery)
  }
  deliver(3)
  const feed = liveFeed({
    ...{ table, clock: systemClock, record, looksMs: { events: 10_000, status: 2_000 } },
    status: async () => status,
  })
  context.onTestFinished(feed.stop)
  const numbers = (told: LiveMessage[]) =>
    told.filter(({ event }) => event === 'delivery').map(({ data }) => JSON.parse(data).seq)
  const first: LiveMessage[] = []
  const end = feed.subscribe((message) => first.push(message))
  expect(numbers(first)).toEqual([1, 2, 3])
  expect(JSON.parse(first[0]?.data ?? '')).toEqual({
    ...{ seq: 1, at: expect.any(String), outcome: 'refused', why: 'bad-signature', ms: 1 },
  })
  deliver(1)
  expect(numbers(first)).toEqual([1, 2, 3, 4])
  end()
  deliver(200)
  const second: LiveMessage[] = []
  feed.subscribe((message) => second.push(message))
  expect(numbers(second)).toEqual(Array.from({ length: 200 }, (_, index) => 5 + index))
})

it('lets a client go that does not read on', async (context) => {
  const record = lineRecord()
  const feed = liveFeed({
    ...{ table, clock: systemClock, record, looksMs: { events: 10_000, status: 2_000 } },
    status: async () => status,
  })
  let listening = 0
  const live = {
    ...feed,
    subscribe(listener: (message: LiveMessage) => void) {
      const end = feed.subscribe(listener)
      listening += 1
      return () => {
        listening -= 1
        end()
      }
    },
  }
  const server = createServer(getRequestListener(liveRoutes({ live, clock: systemClock }).fetch))
  context.onTestFinished(() => close(server))
  context.onTestFinished(feed.stop)
  const sent = request(`${await listen(server)}/live`, (response) => void response.pause())
  context.onTestFinished(() => void sent.destroy())
  sent.on('error', () => {}).end()
  await once(sent, 'response')
  expect(listening).toBe(1)
  const long = { ...delivery, json: JSON.stringify({ sb: 1, delivery: 'refused', why: 'x'.repeat(2_000) }) }
  await expect
    .poll(
      () => {
        for (let time = 0; time < 1_000; time++) record.from('receiver')(long)
        return listening
      },
      { timeout: 20_000, interval: 10 },
    )
    .toBe(0)
  await expect.poll(() => promisify(server.getConnections.bind(server))()).toBe(0)
})

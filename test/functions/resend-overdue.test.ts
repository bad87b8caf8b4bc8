import { randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { resendOverdue } from '../../functions/keeper/resend-overdue.ts'
import { type Engines, startEngines } from '../../infra/local/engines/engines.ts'
import { tableName } from '../../infra/operate/local-account.ts'
import { readDue } from '../../shared/ledger/due-events.ts'
import type { Later } from '../../shared/ledger/event-record.ts'
import type { DelayedEvent } from '../../shared/queue/later.ts'
import { eventRecord, writeEvents } from '../shared/ledger/event-table.ts'

const minute = 60_000
const nowEpochMs = Date.UTC(2026, 0, 10)
const { signal } = new AbortController()

let engines: Engines
let client: DynamoDBClient
let sent: DelayedEvent[]
let depth: number
let lines: Record<string, unknown>[]
beforeAll(async () => {
  engines = await startEngines({ consumerTimeoutMs: 30_000 })
  client = new DynamoDBClient(engines.dynamodbConfig)
})
afterAll(async () => {
  client.destroy()
  await engines.stop()
})
beforeEach(() => {
  sent = []
  depth = 0
  lines = []
})

const resend = (given = client) =>
  resendOverdue(
    {
      table: { client: given, tableName },
      later: { delay: async (event) => void sent.push(event), depth: async () => depth },
      log: (_, line) => void lines.push(line),
      clock: { now: () => nowEpochMs },
      randomId: () => 'a new token',
    },
    signal,
  )

function pending(later: Later | undefined, receivedMinutesAgo: number) {
  return eventRecord({
    resourceKey: 'firm|matter|9',
    eventId: randomUUID().replaceAll('-', ''),
    status: 'failed',
    receivedEpochMs: nowEpochMs - receivedMinutesAgo * minute,
    ...(later && { later }),
  })
}
const due = (token: string, inMinutes: number): Later => ({
  token,
  dueEpochMs: nowEpochMs + inMinutes * minute,
  origin: 'foreign',
})

it('tells of none, and sends nothing, when all events are finished', async () => {
  await writeEvents({ client, tableName }, [eventRecord({ resourceKey: 'firm|matter|8' })])
  expect(await resend()).toBe(0)
  expect(lines).toEqual([{ unfinished: 0, oldestSeconds: 0 }])
})

it('sends what is overdue for half an hour once more, as it is recorded, and what was never sent', async () => {
  const events = [
    pending(due('overdue', -31), 40),
    pending(due('a little late', -29), 50),
    pending(due('not due', 600), 60),
    pending(undefined, 90),
  ]
  await writeEvents({ client, tableName }, events)
  const { events: listed } = await readDue({ client, tableName }, { limit: 10 }, signal)
  expect(listed.map(({ later }) => later?.token)).toEqual([undefined, 'overdue', 'a little late', 'not due'])

  expect(await resend()).toBe(2)
  const byToken = new Map(sent.map((event) => [event.token, event]))
  expect(byToken.get('overdue')).toEqual({
    resourceKey: 'firm|matter|9',
    ticks: events[0]?.ticks,
    eventId: events[0]?.eventId,
    token: 'overdue',
    dueEpochMs: nowEpochMs - 31 * minute,
  })
  expect(byToken.get('a new token')).toMatchObject({ eventId: events[3]?.eventId, dueEpochMs: nowEpochMs })
  expect(lines).toEqual([{ unfinished: 4, oldestSeconds: 5400, sentAgain: 2 }])
})

it('sends nothing while the queue has a message for each event, as in a pause, and all once it has lost one', async () => {
  await writeEvents({ client, tableName }, [pending(due('paused', -600), 700)])
  const { events } = await readDue({ client, tableName }, { limit: 10 }, signal)
  depth = events.length
  expect(await resend()).toBe(0)
  expect(lines).toEqual([{ unfinished: events.length, oldestSeconds: 42_000 }])
  depth--
  await resend()
  expect(sent.map(({ token }) => token)).toContain('paused')
})

it('fails when the table does', async () => {
  const failing = { send: () => Promise.reject(new Error('no answer')) } as unknown as DynamoDBClient
  await expect(resend(failing)).rejects.toThrow('no answer')
})

import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { expect, it } from 'vitest'
import { eventRecord, writeEvents } from '../../shared/ledger/event-table.ts'
import { consoleWorld } from './console-world.ts'
import { liveEvents } from './live-events.ts'

const resourceKey = 'firm-1|contact|busy'

it('tells only so much at once, whatever the table holds', async (context) => {
  const world = await consoleWorld(context, { handlers: [] })
  const client = new DynamoDBClient(world.local.dynamodb)
  context.onTestFinished(() => client.destroy())
  const now = Date.now()
  const events = Array.from({ length: 5_500 }, (_, index) =>
    eventRecord({
      receivedEpochMs: now - index * 100,
      ...(index < 300 && { resourceKey }),
      ...(index % 2 && { status: 'failed' as const }),
    }),
  )
  await writeEvents({ client, tableName: world.local.tableName }, events)
  const page = await world.get('events?limit=200')
  expect([page.events.length, page.looked]).toEqual([200, expect.any(Number)])
  expect(page.looked).toBeLessThan(1_000)
  const history = await world.get(`resources?key=${resourceKey}`)
  expect([history.events.length, history.cursor]).toEqual([200, expect.any(String)])
  const rest = await world.get(`resources?key=${resourceKey}&cursor=${history.cursor}`)
  expect([rest.events.length, rest.cursor]).toEqual([100, null])
  const minutes = await world.get('minutes')
  expect(minutes).toMatchObject({ looked: 5_000, isPartial: true })
  const counted = minutes.minutes.flatMap(({ outcomes }: { outcomes: object }) => Object.values(outcomes))
  expect(counted.reduce((sum: number, count: number) => sum + count, 0)).toBe(5_000)
  const fresh = Array.from({ length: 50 }, () => eventRecord({ receivedEpochMs: Date.now() }))
  await writeEvents({ client, tableName: world.local.tableName }, fresh)
  const live = await liveEvents(context, world)
  const told = () => new Set(live.rows().map(({ eventId }) => eventId))
  const missing = () => fresh.filter(({ eventId }) => !told().has(eventId))
  await expect.poll(missing, { timeout: 15_000 }).toEqual([])
  // Beside them those of the last ten seconds at most, of which there are ten a second.
  expect(told().size).toBeLessThanOrEqual(fresh.length + 101)
}, 60_000)

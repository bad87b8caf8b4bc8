import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { expect, it } from 'vitest'
import { on } from '#webhooks'
import { withMember } from '../../infra/cli/edit-notification.ts'
import { sample } from '../../infra/cli/sample.ts'
import { eventRecord, writeEvents } from '../shared/read/event-table.ts'
import { consoleWorld } from './console-world.ts'
import { liveEvents } from './live-events.ts'

const within = { timeout: 15_000, interval: 50 }

it('tells each event as it is recorded, each delivery, and how it is doing', async (context) => {
  const world = await consoleWorld(context, { handlers: [on('matter.*', { name: 'crm' }, () => {})] })
  const [page, other] = [await liveEvents(context, world), await liveEvents(context, world)]
  const name = '<script>alert(1)</script>'
  const matter = withMember(sample('matter.updated').text, ['payload', 'title'], JSON.stringify(name))
  await world.local.deliver(matter)
  await world.local.deliver(matter)
  await world.local.deliver(matter, { signature: 'x' })
  await expect.poll(() => [page.rows().length, other.rows().length], within).toEqual([1, 1])
  const { events } = await world.get('events')
  expect(page.rows()).toEqual(events)
  const [{ eventId, resource }] = events
  const of = {
    at: expect.any(String),
    type: 'matter.updated',
    resource: resource.id,
    event: eventId.slice(0, 8),
    reference: expect.stringMatching(/^\w+-[0-9a-f]{8}$/),
  }
  expect(page.deliveries()).toEqual([
    { ...of, outcome: 'accepted', ms: expect.any(Number) },
    { ...of, outcome: 'dropped', ms: expect.any(Number) },
    { at: expect.any(String), outcome: 'refused', why: 'bad-signature', ms: expect.any(Number) },
  ])
  await expect
    .poll(() => page.statuses.at(-1), within)
    .toEqual({
      ...{ at: expect.any(String), handling: 'enabled', queue: { waiting: 0, inWork: 0 } },
      deadLetters: { waiting: 0, inWork: 0 },
      local: { accepted: 1, refused: 1, dropped: 1, quarantined: 0 },
    })
})

it('tells an event again when it comes to something else', async (context) => {
  let failures = 1
  const handlers = [
    on('matter.*', { name: 'crm' }, () => {
      if (failures-- > 0) throw new Error('not yet')
    }),
  ]
  const world = await consoleWorld(context, { handlers })
  const page = await liveEvents(context, world)
  await world.local.deliver(sample('matter.updated').text)
  const told = () => page.rows().map(({ status, attempts }) => `${status} ${attempts}`)
  await expect.poll(told, within).toEqual(['failed 1', 'handled 2'])
})

it('tells who comes later what was told just now, and nothing of long ago', async (context) => {
  const world = await consoleWorld(context, { handlers: [] })
  const client = new DynamoDBClient(world.local.dynamodb)
  context.onTestFinished(() => client.destroy())
  const table = { client, tableName: world.local.tableName }
  const [before, now] = [eventRecord(), eventRecord({ receivedEpochMs: Date.now() })]
  await writeEvents(table, [before, now])
  const first = await liveEvents(context, world)
  await expect.poll(() => first.rows().map(({ eventId }) => eventId), within).toEqual([now.eventId])
  const second = await liveEvents(context, world)
  await expect.poll(() => second.rows().map(({ eventId }) => eventId), within).toEqual([now.eventId])
})

it('looks at nothing once nobody listens any more', async (context) => {
  const world = await consoleWorld(context, { handlers: [] })
  const page = await liveEvents(context, world)
  await expect.poll(() => page.statuses.length, within).toBeGreaterThan(0)
  page.leave()
  const again = await liveEvents(context, world)
  await expect.poll(() => again.statuses.length, within).toBeGreaterThan(0)
  expect(again.told).toEqual([])
})

it('ends with the run', async (context) => {
  const world = await consoleWorld(context, { handlers: [] })
  await liveEvents(context, world)
  const start = Date.now()
  await world.local.stop()
  expect(Date.now() - start).toBeLessThan(2_000)
})

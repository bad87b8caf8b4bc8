import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { expect, it } from 'vitest'
import { on } from '#webhooks'
import { consoleListener } from '../../../infra/console/server/console-listener.ts'
import { newToken } from '../../../infra/http/access-token.ts'
import { close, listen } from '../../../infra/http/listen.ts'
import { deploymentOf } from '../../../infra/operate/deployment.ts'
import { awsOf } from '../../../infra/operate/running-file.ts'
import { sample, withMember } from '../../../infra/smokeball/sample.ts'
import { eventRecord, writeEvents } from '../../shared/ledger/event-table.ts'
import { consoleWorld, enter, looksMs } from './console-world.ts'
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
    { ...of, seq: 1, outcome: 'accepted', ms: expect.any(Number) },
    { ...of, seq: 2, outcome: 'dropped', ms: expect.any(Number) },
    { seq: 3, at: expect.any(String), outcome: 'refused', why: 'bad-signature', ms: expect.any(Number) },
  ])
  await expect
    .poll(() => page.statuses.at(-1), within)
    .toEqual({
      ...{ at: expect.any(String), handling: 'enabled', queue: { waiting: 0, inWork: 0 } },
      deadLetters: { waiting: 0, inWork: 0 },
      delayed: { waiting: 0, inWork: 0 },
      local: { accepted: 2, refused: 1, dropped: 1, quarantined: 0 },
      handlers: 'crm matter.* latest skip',
    })
  // Those that came when nobody listened too, with the numbers that they had.
  page.leave()
  other.leave()
  await world.local.deliver(matter, { signature: 'x' })
  const later = await liveEvents(context, world)
  await expect.poll(() => later.deliveries().map(({ seq }) => seq), within).toEqual([1, 2, 3, 4])
})

it('tells an event again when it comes to something else', async (context) => {
  let failures = 1
  const handlers = [
    on('matter.*', { name: 'crm' }, () => {
      if (failures-- > 0) throw new Error('not yet')
    }),
  ]
  // Longer than from one look to the next, so that both are seen.
  const world = await consoleWorld(context, { handlers, backOffMs: () => 10 * looksMs.events })
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

it('tells that the handlers are others after a reload', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'smokeball-handlers-'))
  context.onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'handlers.ts')
  const write = (name: string) =>
    writeFile(
      file,
      `import { on } from '#webhooks'\nexport default [on('matter.*', { name: '${name}' }, () => {})]\n`,
    )
  await write('before')
  const world = await consoleWorld(context, { handlers: file, watch: true })
  const page = await liveEvents(context, world)
  const handlers = () => page.statuses.at(-1)?.handlers
  await expect.poll(handlers, within).toBe('before matter.* latest skip')
  await write('after')
  await expect.poll(handlers, within).toBe('after matter.* latest skip')
  expect(await world.get('deployment')).toMatchObject({ handlers: [{ name: 'after' }] })
  expect(await world.get('status')).toMatchObject({ handlers: 'after matter.* latest skip' })
}, 60_000)

it('looks at nothing once nobody listens any more', async (context) => {
  const { local } = await consoleWorld(context, { handlers: [] })
  const deployment = deploymentOf({ outputs: local.outputs, aws: awsOf(local) })
  context.onTestFinished(() => deployment.destroy())
  let calls = 0
  deployment.dynamodb.middlewareStack.add(
    (next) => (args) => {
      calls += 1
      return next(args)
    },
    { step: 'initialize' },
  )
  const token = newToken()
  const { listener, stop } = consoleListener({ deployment, token, handlers: async () => [], looksMs })
  const server = createServer(listener)
  context.onTestFinished(() => close(server))
  context.onTestFinished(stop)
  const page = await liveEvents(context, await enter(`${await listen(server)}/console?token=${token}`))
  await expect.poll(() => calls, within).toBeGreaterThan(20)
  page.leave()
  const callsWithin = async (ms: number) => {
    const before = calls
    await new Promise((resolve) => setTimeout(resolve, ms))
    return calls - before
  }
  // Longer than from one look to the next.
  await expect.poll(() => callsWithin(3 * looksMs.status), within).toBe(0)
}, 30_000)

it('tells nobody of what happens to who asks with HEAD', async (context) => {
  const world = await consoleWorld(context, { handlers: [] })
  expect((await world.ask('/console/api/live', { method: 'HEAD' })).status).toBe(405)
})

it('ends with the run', async (context) => {
  const world = await consoleWorld(context, { handlers: [] })
  const page = await liveEvents(context, world)
  await world.local.stop()
  await page.ended
})

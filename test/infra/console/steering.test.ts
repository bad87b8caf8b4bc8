import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { on, PermanentFailure } from '#webhooks'
import { sample } from '../../../infra/smokeball/sample.ts'
import { epochMsToTicks } from '../../../shared/event/ticks.ts'
import { waitingIn } from '../../../shared/queue/waiting.ts'
import { type ConsoleWorld, consoleWorld } from './console-world.ts'
import { liveEvents } from './live-events.ts'

const within = { timeout: 20_000, interval: 50 }
const matter = sample('matter.updated').text

let idle: ConsoleWorld
const cleanUps: (() => unknown)[] = []
beforeAll(async () => {
  const stops = { onTestFinished: (stop: () => unknown) => void cleanUps.push(stop) }
  idle = await consoleWorld(stops, { handlers: [] })
})
afterAll(() => Promise.all(cleanUps.map((cleanUp) => cleanUp())))

it('pauses handling, and resumes it', async (context) => {
  const { local, get, post } = await consoleWorld(context, { handlers: [] })
  expect((await post('handling', { handling: 'paused' })).json).toEqual({
    ...{ handling: 'paused', changed: true, queue: { waiting: 0, inWork: 0 } },
  })
  await local.deliver(matter)
  expect((await post('handling', { handling: 'paused' })).json).toMatchObject({
    changed: false,
    queue: { waiting: 1 },
  })
  expect(await get('status')).toMatchObject({ handling: 'paused', queue: { waiting: 1 }, lastDelivery: null })
  expect((await post('handling', { handling: 'enabled' })).json).toMatchObject({
    handling: 'enabled',
    changed: true,
  })
  await local.settled()
  expect((await get('status')).lastDelivery).toMatchObject({ type: 'matter.updated' })
})

it('sends dead letters back, and drops them with a reason; the live feed tells what comes of it', async (context) => {
  let isDown = true
  const handlers = [
    on('*', { name: 'crm', order: 'every' }, () => {
      if (isDown) throw new PermanentFailure('no such customer')
    }),
  ]
  const world = await consoleWorld(context, { handlers })
  for (const type of ['matter.updated', 'contact.updated', 'task.updated'])
    await world.local.deliver(sample(type).text)
  await world.local.deliver('not json')
  await world.local.settled()
  const { letters, count } = await world.get('dead-letters')
  expect([letters.length, count]).toEqual([4, 4])
  const [quarantined] = letters.filter(({ kind }: { kind: string }) => kind === 'quarantined')
  expect(quarantined).toEqual({
    ...{
      id: expect.any(String),
      kind: 'quarantined',
      reason: expect.stringContaining('not JSON'),
      event: null,
    },
    since: expect.stringMatching(/Z$/),
  })
  const letterOf = (type: string) =>
    letters.find(({ event }: { event: { type: string } | null }) => event?.type === type)
  expect(letterOf('matter.updated')).toMatchObject({
    ...{ kind: 'permanent-failure', reason: expect.stringContaining('no such customer') },
    event: {
      reference: expect.stringMatching(/^\w+-[0-9a-f]{8}$/),
      resource: { kind: 'matter' },
      happened: expect.any(String),
    },
  })
  const page = await liveEvents(context, world)
  isDown = false
  const redriven = await world.post('dead-letters/redrive', {
    ids: [letterOf('matter.updated').id, 'unknown'],
  })
  expect([redriven.status, redriven.json]).toEqual([200, { redriven: 1, kept: 3, elsewhere: 0 }])
  const told = () => page.rows().map(({ type, status }) => `${type} ${status}`)
  await expect.poll(told, within).toContain('matter.updated handled')
  const dropped = await world.post('dead-letters/drop', {
    ...{ ids: [letterOf('contact.updated').id, quarantined.id], reason: 'a test' },
  })
  expect([dropped.status, dropped.json]).toEqual([200, { dropped: 2, kept: 1, elsewhere: 0 }])
  await expect.poll(told, within).toContain('contact.updated dropped')
  const event = await world.get(`events/${letterOf('contact.updated').event.reference}`)
  expect(event).toMatchObject({ status: 'dropped', reason: expect.stringContaining('dropped: a test') })
  expect((await world.post('dead-letters/redrive', { ids: 'all' })).json).toEqual({
    ...{ redriven: 1, kept: 0, elsewhere: 0 },
  })
  await expect.poll(told, within).toContain('task.updated handled')
  expect(await world.get('dead-letters')).toEqual({ letters: [], count: 0, elsewhere: 0 })
}, 60_000)

it('redrives an event whose time is still to come by its id alone', async (context) => {
  const done: string[] = []
  const handlers = [on('*', { name: 'all' }, (event) => void done.push(event.resource.id))]
  const world = await consoleWorld(context, { handlers })
  const timestamp = epochMsToTicks(Date.now() + 3_600_000)
  await world.local.deliver(
    `{"accountId":"a","type":"matter.updated","timestamp":${timestamp},"payload":{"id":"ahead"}}`,
  )
  await world.local.settled()
  const kept = await world.post('dead-letters/redrive', { ids: 'all' })
  expect(kept.json).toEqual({ redriven: 0, kept: 1, elsewhere: 0 })
  const { letters } = await world.get('dead-letters')
  const sent = await world.post('dead-letters/redrive', { ids: [letters[0].id] })
  expect(sent.json).toEqual({ redriven: 1, kept: 0, elsewhere: 0 })
  await world.local.settled()
  expect(done).toEqual(['ahead'])
}, 60_000)

it('lets no look at the dead letters hide them from another, nor from a redrive', async (context) => {
  const world = await consoleWorld(context, { handlers: [] })
  for (const text of ['one', 'two', 'three']) await world.local.deliver(text)
  await world.local.settled()
  const sqs = new SQSClient(world.local.sqs)
  context.onTestFinished(() => sqs.destroy())
  const inWork = async () => (await waitingIn(sqs, world.local.deadLetterQueueUrl, context.signal)).inWork
  /** A look takes few milliseconds: looks again until it is seen that one holds the letters. */
  async function looksUnderWay(): Promise<{ looks: ReturnType<typeof world.get>[] }> {
    const looks = [world.get('dead-letters'), world.get('dead-letters')]
    let isOver = false
    const over = Promise.all(looks).then(() => {
      isOver = true
    })
    while (!isOver) if ((await inWork()) === 3) return { looks }
    await over
    return looksUnderWay()
  }
  const { looks } = await looksUnderWay()
  const [dropped, redriven, ...looked] = await Promise.all([
    world.post('dead-letters/drop', { ids: ['unknown'], reason: 'a test' }),
    world.post('dead-letters/redrive', { ids: 'all' }),
    ...looks,
  ])
  expect(looked.map(({ count, elsewhere }) => [count, elsewhere])).toEqual([
    [3, 0],
    [3, 0],
  ])
  expect([dropped?.json, redriven?.json]).toEqual([
    { dropped: 0, kept: 3, elsewhere: 0 },
    { redriven: 3, kept: 0, elsewhere: 0 },
  ])
}, 60_000)

it('tells of dead letters that somebody else holds', async (context) => {
  const world = await consoleWorld(context, { handlers: [] })
  await world.local.deliver('not json')
  const sqs = new SQSClient(world.local.sqs)
  context.onTestFinished(() => sqs.destroy())
  await sqs.send(new ReceiveMessageCommand({ QueueUrl: world.local.deadLetterQueueUrl }))
  expect(await world.get('dead-letters')).toEqual({ letters: [], count: 0, elsewhere: 1 })
  const { json } = await world.post('dead-letters/redrive', { ids: 'all' })
  expect(json).toEqual({ redriven: 0, kept: 0, elsewhere: 1 })
}, 60_000)

it('shows what a replay would do, and does it', async (context) => {
  let runs = 0
  let isDown = true
  const handlers = [
    on('matter.*', { name: 'crm' }, () => void runs++),
    on('matter.*', { name: 'mail', order: 'every' }, () => {
      if (isDown) throw new PermanentFailure('no mail today')
    }),
  ]
  const world = await consoleWorld(context, { handlers })
  await world.local.deliver(matter)
  await world.local.settled()
  const { events } = await world.get('events')
  const [{ reference }] = events
  const how = { references: [reference], handlers: 'failed', force: false }
  const dry = await world.post('replay', { ...how, dryRun: true })
  expect([dry.status, dry.json]).toEqual([
    200,
    {
      replayId: null,
      events: [
        {
          ...{ reference, sends: true, runs: true },
          handlers: [
            { handler: 'crm', runs: false, why: expect.stringContaining('did not fail') },
            { handler: 'mail', runs: true },
          ],
        },
      ],
    },
  ])
  isDown = false
  const page = await liveEvents(context, world)
  const sent = await world.post('replay', { ...how, references: [reference, reference], dryRun: false })
  expect(sent.json).toMatchObject({ replayId: expect.any(String), events: [{ reference, result: 'sent' }] })
  await expect.poll(() => page.rows().map(({ status }) => status), within).toContain('handled')
  const event = await world.get(`events/${reference}`)
  expect(event).toMatchObject({ status: 'handled', handlers: { mail: { outcome: 'handled' } } })
  expect(event.replays).toEqual([
    { id: sent.json.replayId, at: expect.stringMatching(/Z$/), outcome: 'handled' },
  ])
  expect(runs).toBe(1)
  await world.post('replay', { ...how, handlers: ['crm'], force: true, dryRun: false })
  await expect.poll(() => runs, within).toBe(2)
}, 60_000)

it.for([
  ...(
    ['handling', 'replay', 'dead-letters/redrive', 'dead-letters/drop', 'send', 'catch-up', 'lose'] as const
  ).flatMap((path) => [undefined, null, [], 'x', {}, { other: 1 }].map((body) => [path, body] as const)),
  ['handling', { handling: 'off' }],
  ['handling', { handling: 'paused', more: true }],
  ['replay', { references: [], handlers: 'all', force: false, dryRun: true }],
  ['replay', { references: ['x'], handlers: 'all', force: false, dryRun: true }],
  ['replay', { references: [1], handlers: 'all', force: false, dryRun: true }],
  ['replay', { references: ['a'.repeat(61)], handlers: 'all', force: false, dryRun: true }],
  [
    'replay',
    { references: Array(101).fill('mhikn8rn-00000000'), handlers: 'all', force: false, dryRun: true },
  ],
  ['replay', { references: ['mhikn8rn-00000000'], handlers: 'some', force: false, dryRun: true }],
  ['replay', { references: ['mhikn8rn-00000000'], handlers: [], force: false, dryRun: true }],
  ['replay', { references: ['mhikn8rn-00000000'], handlers: ['a b'], force: false, dryRun: true }],
  ['replay', { references: ['mhikn8rn-00000000'], handlers: 'all', force: 'no', dryRun: true }],
  ['replay', { references: ['mhikn8rn-00000000'], handlers: 'all', force: false }],
  ['dead-letters/redrive', { ids: 'some' }],
  ['dead-letters/redrive', { ids: [''] }],
  ['dead-letters/drop', { ids: 'all', reason: 'all' }],
  ['dead-letters/drop', { ids: ['a'], reason: ' ' }],
  ['dead-letters/drop', { ids: ['a'], reason: 'a'.repeat(501) }],
  ['catch-up', { accountId: '' }],
  ['lose', { kind: 'fee' }],
  ['send', { type: 'odd.type', fault: 'none' }],
  ['send', { type: 'matter.updated', fault: 'odd' }],
  ['send', { type: 'matter.updated', fault: 'none', resourceId: '' }],
  ['send', { type: 'noop', fault: 'late' }],
] as [string, unknown][])('answers 400 to %s with %j', async ([path, body]) => {
  const answer = await idle.post(path, body)
  expect([answer.status, answer.json]).toEqual([400, { error: expect.stringMatching(/\.$/) }])
})

it('answers 404 to a replay of what is not there, 413 to what is too long', async () => {
  const { post } = idle
  const how = { handlers: 'all', force: false, dryRun: false }
  expect((await post('replay', { ...how, references: ['mhikn8rn-00000000'] })).status).toBe(404)
  const long = await post('replay', { ...how, references: ['a'.repeat(70_000)] })
  expect([long.status, long.json]).toEqual([413, { error: expect.any(String) }])
})

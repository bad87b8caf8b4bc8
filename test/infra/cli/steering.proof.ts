import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, it, vi } from 'vitest'
import { on } from '#webhooks'
import { close, listen } from '../../../infra/http/listen.ts'
import { lambdaEndpoint } from '../../../infra/local/aws-endpoints/lambda-endpoint.ts'
import { projectRoot } from '../../../infra/settings/project-files.ts'
import { sample } from '../../../infra/smokeball/sample.ts'
import { notification } from '../../bench/notifications.ts'
import { eventRecord } from '../../shared/ledger/event-table.ts'
import { connectedWorld } from './deployed-world.ts'
import { eventsWorld } from './events-world.ts'
import { impatientClock } from './impatient-clock.ts'
import { startCommand } from './in-process.ts'
import { runningLocal } from './running-local.ts'

vi.mock(import('../../../shared/smokeball-api/token-bucket.ts'), () => import('./no-pace.ts'))

const handlers = [
  on('matter.updated', { name: 'crm', order: 'every' }, () => {}),
  on('contact.updated', { name: 'mail', order: 'every' }, () => {
    throw new Error('no mail today')
  }),
]

it('pauses and resumes handling, tells what waits, and how it is doing', async (context) => {
  const { local, run } = await runningLocal(context, { handlers, maxAttempts: 1 })
  const paused = await run('pause')
  expect(paused).toMatchObject({ code: 0, stderr: '' })
  expect(paused.stdout).toBe(
    'Pausing the handling of events…\n' +
      'Handling is paused. About 0 events wait, and 0 are in work.\n' +
      'Resume it: npx smokeball-webhooks resume --local\n',
  )
  const accepted = [
    await local.deliver(sample('matter.updated').text),
    await local.deliver(sample('contact.updated').text),
  ]
  expect(accepted.map(({ status }) => status)).toEqual([200, 200])
  expect((await run('pause')).stdout).toContain(
    'Handling is paused, as it was before. About 2 events wait, and 0 are',
  )
  const before = await run('status')
  expect(before.stdout).toContain(
    'Handling        paused: deliveries are accepted, and wait. Resume it: npx smokeball-webhooks resume --local\n',
  )
  expect(before.stdout).toMatch(
    /\nQueue +About 2 events wait,.*\nOldest +had waited for \d+ s when it was last measured, at \d{4}-\d\d-\d\d [\d:]{8}\nPut aside +nothing\nLater +nothing is to be run again\nDead letters +none\nLast delivery +none\nLast failure +none\n/,
  )
  expect(before.stdout).toMatch(
    /\nSubscriptions +no account is connected: npx smokeball-webhooks connect --local\n/,
  )
  const findings = JSON.parse((await run('doctor', '--json')).stdout) as { check: string; fix?: string }[]
  expect(findings.find(({ check }) => check === 'handling')?.fix).toBe(
    'Resume it: npx smokeball-webhooks resume --local',
  )

  const resumed = await run('resume', '--json')
  expect(JSON.parse(resumed.stdout)).toMatchObject({ handling: 'enabled', changed: true, queue: {} })
  await local.settled()
  expect(JSON.parse((await run('resume', '--json')).stdout)).toEqual({
    ...{ handling: 'enabled', changed: false, queue: { waiting: 0, inWork: 0 } },
  })
  const after = JSON.parse((await run('status', '--json')).stdout)
  expect(after).toMatchObject({
    ...{
      deployment: 'npm start',
      handling: 'enabled',
      oldestMessage: { ageSeconds: 0 },
      aside: { count: 0, hasMore: false, oldest: null },
      deadLetters: { waiting: 1 },
    },
    ...{ lastDelivery: { type: 'contact.updated' }, accounts: [] },
    lastFailure: { type: 'contact.updated', status: 'dead-lettered' },
  })
  const shown = await run('events', 'show', after.lastFailure.reference)
  expect(shown.stdout).toMatch(/\n {2}mail +gave-up, \d+ ms, 1 failure\n {6}Error: no mail today\n/)
}, 60_000)

it('tells of a deployed stack what the last look at its subscriptions came to', async (context) => {
  const world = await connectedWorld(context)
  const mapping = { isEnabled: () => true, pause: async () => {}, resume: () => {} }
  const unused = async () => undefined
  const functions = { receiver: unused, consumer: unused, keeper: unused }
  const queueArn = 'arn:aws:sqs:us-east-1:000000000000:q'
  const lambda = lambdaEndpoint({ functions, mappings: [{ ...mapping, queueArn }] })
  const env = { AWS_ENDPOINT_URL_LAMBDA: await listen(lambda) }
  context.onTestFinished(() => close(lambda))
  const first = await world.run(['status'], { env })
  expect(first.stdout).toMatch(/\nOldest +nothing waits\n/)
  expect(first.stdout).toMatch(
    /\nSubscriptions +firm-1 {2}no subscription, not checked yet\. See: npx smokeball-webhooks doctor --account firm-1 --stage prod\n$/,
  )
  await world.run(['subscriptions', 'ensure'])
  const id = world.fake.subscriptions[0]?.id
  const ensured = await world.run(['status', '--utc'], { env })
  expect(ensured.stdout).toMatch(
    new RegExp(`\\nSubscriptions +firm-1 {2}subscription ${id}, created \\d{4}-.*\\d\\n$`),
  )
  const unreachable = { AWS_ENDPOINT_URL_LAMBDA: 'http://127.0.0.1:9', AWS_MAX_ATTEMPTS: '1' }
  for (const command of ['status', 'pause'])
    expect(await world.run([command, '--json'], { env: unreachable })).toMatchObject({
      ...{ code: 1, stdout: '', stderr: expect.stringMatching(/(^|\n)Cannot call AWS: /) },
    })
})

it('names the account that most of what comes and of what is to be run again is of, while much waits', async (context) => {
  const { local, run } = await runningLocal(context, { handlers })
  const deliver = (accountId: string, type: string, from: number, to: number) =>
    Promise.all(
      Array.from({ length: to - from }, (_, nth) =>
        local.deliver(notification({ accountId, type, id: `${from + nth}` })),
      ),
    )
  const statusJson = async () => JSON.parse((await run('status', '--json')).stdout)
  await deliver('firm-1', 'matter.updated', 0, 25)
  await deliver('firm-2', 'matter.updated', 0, 5)
  await local.settled()
  expect((await run('status')).stdout).not.toContain('Busiest')
  expect((await statusJson()).busiestAccount).toEqual({
    lately: { accountId: 'firm-1', events: 25, of: 30 },
    later: null,
  })
  await deliver('firm-3', 'contact.updated', 0, 20)
  await vi.waitFor(async () => expect((await statusJson()).later.events).toHaveLength(20), 20_000)
  await run('pause')
  await deliver('firm-1', 'matter.updated', 25, 50)
  expect((await run('status')).stdout).toMatch(
    /\nBusiest +firm-1 {2}25 of the 50 events that came last\n +firm-3 {2}20 of the 20 events that are to be run again first\nDead letters/,
  )
})

it('tails events until Ctrl-C, each once, as lines of JSON', async (context) => {
  const world = await eventsWorld(context, [eventRecord()])
  const tail = startCommand('webhooks', ['events', 'tail', '--json'], {
    ...{ env: world.env, clock: impatientClock(50) },
  })
  const told = () =>
    tail
      .stdout()
      .trimEnd()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).eventId)
  // What is there when it begins is not told, so something has to come until it has begun.
  const first = async () => {
    await world.write(eventRecord({ receivedEpochMs: Date.now() }))
    return told().length
  }
  await expect.poll(first, { timeout: 40_000, interval: 50 }).toBeGreaterThan(0)
  const events = [1, 2, 3].map((s) => eventRecord({ receivedEpochMs: Date.now() + 1_000 * s }))
  await world.write(...events)
  await expect
    .poll(() => told().slice(-3), { timeout: 15_000, interval: 50 })
    .toEqual(events.map(({ eventId }) => eventId))
  expect(new Set(told()).size).toBe(told().length)
  tail.kill('SIGINT')
  expect(await tail.ended).toMatchObject({
    code: 0,
    stderr: 'Following SmokeballWebhooks. Ctrl-C ends it.\n',
  })
})

it('tails in lines that fit a terminal, from when it is asked to', async (context) => {
  const { local, run, env } = await runningLocal(context, { handlers: handlers.slice(0, 1) })
  await local.deliver(sample('matter.updated').text)
  await local.settled()
  const child = spawn(
    process.execPath,
    ['infra/cli/main.ts', ...'events tail --since 1h --local'.split(' ')],
    {
      cwd: projectRoot,
      env: { PATH: process.env.PATH, ...env },
    },
  )
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  // Nobody reads on.
  child.stdout.destroy()
  await local.deliver(sample('matter.created').text)
  const [code] = await once(child, 'close')
  const { events } = JSON.parse((await run('events', 'list', '--json')).stdout)
  expect([code, events.length]).toEqual([141, 2])
  expect(String(line)).toMatch(
    new RegExp(
      `^${events[1].reference} {2}\\d\\d-\\d\\d [\\d:]{8} {2}handled {8}matter\\.updated +\\S+ +crm handled\\n$`,
    ),
  )
}, 60_000)

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { expect, it, vi } from 'vitest'
import { on, PermanentFailure, RetryAfter } from '#webhooks'
import { region } from '../../../infra/operate/local-account.ts'
import { projectRoot } from '../../../infra/settings/project-files.ts'
import { readEnvelope } from '../../../shared/event/envelope.ts'
import { messageGroupId } from '../../../shared/event/event-identity.ts'
import { takeAll } from '../../functions/queue-contents.ts'
import { eventRecord, startEpochMs, writeEvents } from '../../shared/ledger/event-table.ts'
import { eventsWorld } from './events-world.ts'
import { notification, replayedOnceThoughKilled, rowsOf } from './replay-world.ts'
import { runningLocal } from './running-local.ts'

/** So many, and so long, that no message holds all their names. */
const many = Array.from({ length: 20 }, (_, at) =>
  on('none.x', { name: `${'n'.repeat(58)}-${at}` }, () => {}),
)
const manyNames = many.map(({ name }) => name).join(',')

it('tells what would run and why not, and replays what failed', async (context) => {
  let isBroken = true
  const runs: string[] = []
  const pipeline = await runningLocal(context, {
    maxAttempts: 1,
    handlers: [
      ...many,
      on('contact.*', { name: 'crm' }, ({ resource }) => void runs.push(`crm ${resource.id}`)),
      on('contact.*', { name: 'mail' }, ({ resource }) => {
        if (isBroken) throw new PermanentFailure('no mail today')
        runs.push(`mail ${resource.id}`)
      }),
      on('matter.*', { name: 'matters' }, () => {}),
    ],
  })
  const { local, run } = pipeline
  await local.deliver(notification('a', 639170696424691362n))
  await local.settled()
  await local.deliver(notification('b'))
  await local.settled()
  isBroken = false
  await local.deliver(notification('a', 639170696424691363n))
  await local.settled()
  runs.splice(0)
  const [newest, b, a] = await rowsOf(pipeline)

  const dry = await run('replay', '--type', 'contact.*', '--dry-run', '--json')
  expect(dry).toMatchObject({ code: 0, stderr: '' })
  const crm = { handler: 'crm', runs: false, why: 'did not fail: handled' }
  expect(JSON.parse(dry.stdout)).toMatchObject({
    dryRun: true,
    events: [
      { reference: b?.reference, sends: true, runs: true, handlers: [crm, { handler: 'mail', runs: true }] },
      {
        ...{ reference: a?.reference, sends: true, runs: false },
        handlers: [crm, { handler: 'mail', runs: false, why: expect.stringMatching(/^superseded/) }],
      },
    ],
  })
  const shown = await run('replay', a?.reference ?? '', newest?.reference ?? '', '--dry-run')
  expect(shown.stdout).toMatch(/Reference .*Would run .*Would not run, and why\n/)
  expect(shown.stdout).toContain(
    'none of the handlers would run; crm: did not fail: handled; mail: did not fail: handled',
  )
  expect(shown.stdout).toContain(
    'Of 2, 1 would be sent, of which 1 would be superseded (--force runs them).\n',
  )
  expect(runs).toEqual([])

  const replayed = await run('replay', '--since', '1h', '--outcome', 'failed', '--json')
  expect(replayed.code).toBe(0)
  const result = JSON.parse(replayed.stdout)
  expect(result).toEqual({
    ...{
      replayId: expect.stringMatching(/^[\w-]+$/),
      sent: 2,
      alreadyReplayed: 0,
      expired: 0,
      skipped: 0,
      left: 0,
    },
  })
  await local.settled()
  expect(runs).toEqual(['mail b'])
  const after = await run('events', 'show', b?.reference ?? '')
  expect(after.stdout).toMatch(new RegExp(`\\nReplayed +\\d.*, handled \\(${result.replayId}\\)\\n`))
  expect(JSON.parse((await run('events', 'show', a?.reference ?? '', '--json')).stdout)).toMatchObject({
    ...{ status: 'handled', replays: [{ id: result.replayId, outcome: 'superseded' }] },
  })

  const nothing = await run('replay', newest?.reference ?? '')
  expect(nothing).toMatchObject({ code: 1, stdout: '' })
  expect(nothing.stderr).toMatch(
    /^Nothing to replay: none of the handlers would run; did not fail: handled\. .*--all/,
  )
  const forced = await run('replay', a?.reference ?? '', '--handler', 'mail,crm', '--force')
  expect(forced.stdout).toMatch(
    /^Replay [\w-]+: 1 sent\.\nSee what it comes to: npx smokeball-webhooks events show --local -- \S+\n$/,
  )
  await local.settled()
  expect(runs.splice(1).toSorted()).toEqual(['crm a', 'mail a'])

  for (const [args, code, said] of [
    [['replay'], 2, 'Say which events: by reference'],
    [['replay', '--all'], 2, 'Say which events'],
    [['replay', '--since', '1h', '--all', '--handler', 'crm'], 2, 'exclude each other'],
    [['replay', '--since', '1h', '--handler', 'crn'], 1, "No handler is called 'crn'. Did you mean 'crm'?"],
    [['replay', '--since', '1h', '--handler', 'a b'], 2, 'several with commas'],
    [['replay', '--since', '1h', '--rate', '0'], 2, 'a second, from 1 on'],
    [['replay', '--since', '1h', '--id', '$(x)'], 2, 'Give the id as the replay told it'],
    [
      ['replay', '--type', 'task.*'],
      1,
      'No such event. See what is there: npx smokeball-webhooks events list --local\n',
    ],
    [
      ['replay', '--type', 'contact.*', '--outcome', 'own', '--handler', 'crm'],
      1,
      'No such event. There would be:\n  3 without --outcome: npx smokeball-webhooks replay --type "contact.*" --handler crm --dry-run --local\n',
    ],
    [['replay', '--since', '1h', '--until', '2h', '--all'], 2, 'other way round: --since 2h --until 1h\n'],
    [['replay', '--since', '2100-01-01', '--all'], 2, '--since 2100-01-01 is still to come'],
    [
      ['replay', newest?.reference ?? '', '--all', '--type', 'x.y', '--since', '1h'],
      2,
      '--type, --since choose',
    ],
    [['replay', newest?.reference ?? '', '--handler', manyNames], 1, 'name fewer at a time'],
    [['replay', 'mhikn8rn-d79d4bee'], 1, 'There is no event mhikn8rn-d79d4bee.'],
    [['replay', newest?.reference ?? '', '--handler', 'matters'], 1, 'not subscribed to contact.updated'],
  ] as const)
    expect(await run(...args)).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(said) })
}, 120_000)

it('gives a new handler what others have handled, and not what it was run for', async (context) => {
  const runs: string[] = []
  const pipeline = await runningLocal(context, {
    handlers: [
      on('*', { name: 'old' }, () => {}),
      on('contact.*', { name: 'new', order: 'every' }, ({ resource }) => void runs.push(resource.id)),
    ],
  })
  const { local, run } = pipeline
  await local.deliver(notification('seen'))
  await local.settled()
  const client = new DynamoDBClient(local.dynamodb)
  const text = notification('before')
  const { resourceKey, ticks, eventId } = readEnvelope(text)
  const old = { old: { outcome: 'handled', failures: 0, waits: 0 } as const }
  await writeEvents({ client, tableName: local.tableName }, [
    eventRecord({ ...{ resourceKey, ticks, eventId, text, handlers: old }, receivedEpochMs: Date.now() }),
  ])
  client.destroy()
  expect(runs.splice(0)).toEqual(['seen'])
  const filter = ['--outcome', 'unhandled', '--handler', 'new']
  const listed = JSON.parse((await run('events', 'list', ...filter, '--json')).stdout)
  expect(listed.events).toMatchObject([{ eventId }])
  const none = await run('replay', '--since', '1h', '--type', 'contact.*')
  expect(none).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^No such event\. There would be:\n {2}2 that did not fail: .* replay --type "contact\.\*" --since 1h --all --dry-run --local\n$/,
    ),
  })
  expect(await run('replay', ...filter)).toMatchObject({ code: 0, stderr: '1 of 1 sent\n' })
  await local.settled()
  expect(runs).toEqual(['before'])
  expect((await run('replay', ...filter)).stderr).toMatch(
    /^No such event\. There would be:\n {2}2 without --outcome: /,
  )
}, 60_000)

it('sends back what is being retried only when it is forced, and shows no text of others raw', async (context) => {
  const pipeline = await runningLocal(context, {
    handlers: [
      on('*', { name: 'slow' }, () => {
        throw new RetryAfter({ seconds: 600 })
      }),
    ],
  })
  const { local, run } = pipeline
  await local.deliver(notification('a').replace('contact.updated', 'evil.\\u001b[2J\\nx'))
  await vi.waitFor(async () => expect(await rowsOf(pipeline)).toHaveLength(1), { timeout: 20_000 })
  const [{ reference } = { reference: '' }] = await rowsOf(pipeline)
  const refused = await run('replay', reference, '--all')
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('being retried already') })
  expect(refused.stderr).not.toContain('runs handlers that did not fail')
  expect(refused.stderr).toContain('--force sends what is being retried')
  const dry = await run('replay', reference, '--force', '--dry-run')
  expect(dry.stdout).toContain('Of 1, 1 would be sent.')
  expect(dry.stdout + refused.stderr).not.toContain('\u001b')
  expect((await run('replay', reference, '--force')).stdout).toContain('1 sent.')
  const named = await run('events', 'pull', reference, '--handlers', 'test/infra/aws/no-handlers.ts')
  expect(named).toMatchObject({ code: 1, stderr: expect.not.stringContaining('\u001b') })
}, 120_000)

it('loses and doubles nothing of 150 events when it is killed half way and gone on with', async (context) => {
  await replayedOnceThoughKilled(context, 150)
}, 60_000)

it('is stopped by Ctrl-C, and says how to go on', async (context) => {
  const { local, env } = await runningLocal(context, { handlers: [on('*', { name: 'new' }, () => {})] })
  for (let at = 0; at < 25; at++) await local.deliver(notification(String(at)))
  await local.settled()
  const args = ['infra/cli/main.ts', 'replay', '--since', '1h', '--all', '--yes', '--rate', '5', '--local']
  const child = spawn(process.execPath, args, { cwd: projectRoot, env: { PATH: process.env.PATH, ...env } })
  const [out, said] = [text(child.stdout), text(child.stderr)]
  await vi.waitFor(() => expect(local.lines.length).toBeGreaterThan(55), { timeout: 30_000 })
  child.kill('SIGINT')
  const [code] = await once(child, 'close')
  expect(code).toBe(1)
  expect(await said).toMatch(
    /Stopped at 10 of 25\. Go on with: npx smokeball-webhooks replay --since \d{4}-\S+ --until \S+ --rate 5 --id \S+ --all --yes --local\n/,
  )
  expect(await out).toMatch(/^Replay \S+: 10 sent\.\n/)
}, 60_000)

it('puts an event of a deployed stack into its queue as it was delivered', async (context) => {
  const text = notification('1')
  const { resourceKey, ticks, eventId } = readEnvelope(text)
  const record = eventRecord({ resourceKey, ticks, eventId, text, status: 'dead-lettered', handlers: {} })
  const world = await eventsWorld(context, [record])
  const ended = await world.run(['replay', eventId, '--all', '--force', '--json'])
  const { replayId, sent } = JSON.parse(ended.stdout)
  expect(sent).toBe(1)
  const { credentials, env } = world
  const sqs = { endpoint: env.AWS_ENDPOINT_URL_SQS ?? '', region, credentials }
  expect(await takeAll(sqs, world.outputs.EventQueueUrl)).toEqual([
    {
      body: text,
      groupId: messageGroupId(resourceKey),
      deduplicationId: `${replayId}-${eventId}`,
      attributes: {
        ...{ received: String(startEpochMs), sent: '639170696424691361', key: '-', requestId: 'r' },
        replay: `${replayId} force all`,
        ...{ resource: 'firm|contact|1', event: `639170696424691361 ${eventId} contact.updated` },
      },
    },
  ])
}, 60_000)

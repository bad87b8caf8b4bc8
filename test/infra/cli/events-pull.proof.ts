import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { expect, it, type TestContext } from 'vitest'
import { on } from '#webhooks'
import { runHandlers, testEvent } from '#webhooks/testing'
import { region, tableName } from '../../../infra/operate/local-account.ts'
import { projectRoot, usersFiles } from '../../../infra/settings/project-files.ts'
import { sample } from '../../../infra/smokeball/sample.ts'
import { readEnvelope } from '../../../shared/event/envelope.ts'
import { bodySortKey } from '../../../shared/ledger/event-item.ts'
import type { EventRecord } from '../../../shared/ledger/event-record.ts'
import { newRequestId } from '../../../shared/signing/request-id.ts'
import { eventRecord } from '../../shared/ledger/event-table.ts'
import { connectedWorld, type World } from './deployed-world.ts'
import { eventsWorld } from './events-world.ts'
import { recordedCalls } from './recorded-calls.ts'
import { runningLocal } from './running-local.ts'

const { text: matter } = sample('matter.updated')

/** What the deployment has recorded of an event. */
function recorded(given: Partial<EventRecord> = {}): EventRecord {
  const { text = matter } = given
  const { resourceKey, ticks, eventId, type } = readEnvelope(text)
  return eventRecord({ ...{ resourceKey, ticks, eventId, type, text }, ...given })
}

async function handlersFile({ onTestFinished }: TestContext, body: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'smokeball-pulled-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'handlers.ts')
  await writeFile(file, `import { on, PermanentFailure, RetryAfter } from '#webhooks'\n${body}`)
  return file
}

/** Each a line of its own, so that errors name theirs. */
const threeHandlers = `export default [
  on('matter.updated', { name: 'crm' }, (event, { log }) => {
    log.info('seen', { ticks: event.ticks, title: event.payload.title, request: event.requestId })
    console.log('said', process.env.AWS_PROFILE, process.env.AWS_ACCESS_KEY_ID)
  }),
  on('matter.*', { name: 'mail' }, () => {
    throw new Error('no mail today')
  }),
  on('contact.updated', { name: 'other' }, () => {}),
]`

it('runs an event through the handlers here, once, and leaves the deployment as it was', async (context) => {
  const event = recorded({
    status: 'dead-lettered',
    handlers: { crm: { outcome: 'gave-up', failures: 20, waits: 0, error: 'Error: x' } },
  })
  const world = await eventsWorld(context, [event])
  const { env, calls } = await recordedCalls(context, world.env)
  const before = await world.tableText()
  const handlers = await handlersFile(context, threeHandlers)
  const { code, stdout, stderr } = await world.run(
    ['events', 'pull', event.eventId, '--handlers', handlers, '--all'],
    {
      env,
    },
  )
  expect([code, stderr]).toEqual([1, ''])
  expect(stdout).toContain('In SmokeballWebhooks: dead-lettered, crm gave-up.\n')
  expect(stdout).toContain(`Running crm, mail of ${handlers}\n`)
  expect(stdout).toContain(
    '  info   crm  seen  {"ticks":639170696424691361,"title":"John Smith | Sale","request":"r"}\n',
  )
  expect(stdout).toMatch(/ {2}info {3}said undefined LOCAL[0-9A-F]{32}\n/)
  expect(stdout).toMatch(/\nHandlers\n {2}crm {3}handled, \d+ ms\n {2}mail {2}failed, \d+ ms, 1 failure\n/)
  expect(stdout).toMatch(/ {6}Error: no mail today\n {6} {4}at .*handlers\.ts:8:11/)
  expect(stdout).not.toContain('other')
  expect(await world.tableText()).toBe(before)
  expect(calls).toEqual(['CLOUDFORMATION DescribeStacks', 'DYNAMODB Query', 'DYNAMODB GetItem'])
})

it('runs one handler alone, tells it as JSON, and counts a run without a failure as success', async (context) => {
  const event = recorded()
  const world = await eventsWorld(context, [event])
  const handlers = await handlersFile(context, threeHandlers)
  const args = ['events', 'pull', event.eventId, '--handlers', handlers]
  const { code, stdout, stderr } = await world.run([...args, '--handler', 'crm', '--json'])
  expect(code).toBe(0)
  expect(stderr).toContain('  info   crm  seen  ')
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ eventId: event.eventId, status: 'handled' },
    here: { status: 'handled', handlers: { crm: { outcome: 'handled' } } },
  })
  const failing = await world.run([...args, '--handler', 'mail', '--json'])
  expect([failing.code, JSON.parse(failing.stdout)]).toMatchObject([
    1,
    { here: { status: 'failed', handlers: { mail: { outcome: 'failed', failures: 1 } } } },
  ])
  const other = await world.run([...args, '--handler', 'other'])
  expect(other).toMatchObject({
    ...{ code: 1, stdout: '' },
    stderr: `The handler 'other' of ${handlers} does not subscribe to matter.updated. There are: crm (matter.updated), mail (matter.*), other (contact.updated).\n`,
  })
  expect((await world.run([...args, '--handler', 'crn'])).stderr).toMatch(
    /has no handler 'crn'\. There are: /,
  )
})

it('runs those that failed alone, and says what it leaves out and how to run it', async (context) => {
  const record = { failures: 0, waits: 0 }
  const event = recorded({
    status: 'dead-lettered',
    handlers: { crm: { ...record, outcome: 'handled' }, mail: { ...record, outcome: 'gave-up' } },
  })
  const world = await eventsWorld(context, [event])
  const handlers = await handlersFile(context, threeHandlers)
  const args = ['events', 'pull', event.eventId, '--handlers', handlers]
  const { stdout } = await world.run(args)
  expect(stdout).toContain(`Running mail of ${handlers}\n`)
  expect(stdout).toContain('Left out, since what did not fail is not run again: crm handled. All: --all\n')
  expect(stdout).not.toContain('seen')
  expect((await world.run([...args, '--all'])).stdout).toContain(`Running crm, mail of ${handlers}\n`)
  expect((await world.run([...args, '--handler', 'crm,mail'])).stdout).toContain('Running crm, mail of')
})

it('runs nothing of what went well unless it is named, and saves it all the same', async (context) => {
  const event = recorded()
  const world = await eventsWorld(context, [event])
  const handlers = await handlersFile(context, threeHandlers)
  const args = ['events', 'pull', event.eventId, '--handlers', handlers]
  const none =
    'Nothing was run, since nothing failed: crm handled, mail was not run. Say which: --handler NAME, or --all\n'
  expect(await world.run(args)).toMatchObject({ code: 1, stderr: none, stdout: '' })
  const file = join(handlers, '../saved.json')
  const saved = await world.run([...args, '--save', file])
  expect(saved).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(none) })
  expect(await readFile(file, 'utf8')).toBe(matter)
  expect(await world.run([...args, '--all', '--handler', 'crm'])).toMatchObject({ code: 2 })
})

it('knows what handlers throw to be run again, or never', async (context) => {
  const event = recorded()
  const world = await eventsWorld(context, [event])
  const handlers = await handlersFile(
    context,
    `export default [
      on('*', { name: 'later' }, () => { throw new RetryAfter({ minutes: 5 }, 'busy') }),
      on('*', { name: 'never' }, () => { throw new PermanentFailure('no such matter') }),
    ]`,
  )
  const { code, stdout } = await world.run(['events', 'pull', event.eventId, '--handlers', handlers, '--all'])
  expect(code).toBe(1)
  expect(stdout).toMatch(
    / {2}later {2}retry-after, \d+ ms, 1 wait, again at .*, second attempt\n {6}RetryAfter: busy\n/,
  )
  expect(stdout).toMatch(/ {2}never {2}permanent-failure, \d+ ms\n {6}PermanentFailure: no such matter\n/)
})

it('says that it cannot tell an event of an API write, and runs it as one when asked', async (context) => {
  const requestId = newRequestId('the-id-key', new Uint8Array(8))
  const { delivery } = recorded()
  const event = recorded({
    delivery: { ...delivery, requestId },
    status: 'own',
    handlers: {
      mine: { outcome: 'own', failures: 0, waits: 0 },
      all: { outcome: 'superseded', failures: 0, waits: 0 },
    },
  })
  const world = await eventsWorld(context, [event])
  const handlers = await handlersFile(
    context,
    `export default [
      on('*', { name: 'mine' }, () => {}),
      on('*', { name: 'all', own: 'handle' }, (event, { log }) => log.info('own ' + event.own)),
    ]`,
  )
  const args = ['events', 'pull', event.eventId, '--handlers', handlers, '--all']
  const foreign = await world.run(args)
  expect(foreign.stdout).toContain('It came of an API write of yours, which this run has no key to tell')
  expect(foreign.stdout).toContain(
    'In SmokeballWebhooks, a newer event superseded it for all; here it is the only',
  )
  expect(foreign.stdout).toMatch(/ all {2}own false\n[\s\S]* mine {2}handled, /)
  const own = await world.run([...args, '--own'])
  expect(own.stdout).not.toContain('no key to tell')
  expect(own.stdout).toMatch(/ all {2}own true\n[\s\S]* mine {2}own\n/)
})

it.for([
  ['on(', /cannot be bundled:\n/],
  [`throw new Error('CRM_KEY is missing')`, /handlers\.ts: Error: CRM_KEY is missing/],
  [
    `export default [on('contact.*', { name: 'mail' }, () => {})]`,
    /^No handler of .* subscribes to matter\.updated\./,
  ],
  [
    `export default [on('*', { name: 'exits' }, () => process.exit(7))]`,
    /^A handler ended its process \(exit code 7\)\.\n$/,
  ],
] as const)('ends with what is wrong: %s', async ([body, said], context) => {
  const event = recorded()
  const world = await eventsWorld(context, [event])
  const handlers = await handlersFile(context, body)
  const { code, stderr } = await world.run(['events', 'pull', event.eventId, '--handlers', handlers, '--all'])
  expect(code).toBe(1)
  expect(stderr).toMatch(said)
})

it('tells what isOwn throws as a failure of each handler', async (context) => {
  const event = recorded()
  const world = await eventsWorld(context, [event])
  const handlers = await handlersFile(
    context,
    `export const isOwn = () => { throw new Error('no list') }
    export default [on('*', { name: 'never' }, () => {})]`,
  )
  const { code, stdout } = await world.run(['events', 'pull', event.eventId, '--handlers', handlers, '--all'])
  expect(code).toBe(1)
  expect(stdout).toMatch(/ {2}never {2}failed, 1 failure.*\n {6}Error: no list\n/)
})

it('says that there is no such event, or that a part of its body has expired', async (context) => {
  const members = JSON.stringify({ note: randomBytes(300_000).toString('hex') })
  const event = recorded({ text: matter.replace('"items": {}', `"items": ${members}`) })
  const world = await eventsWorld(context, [event])
  const none = await world.run(['events', 'pull', 'abcdef012345'])
  expect([none.code, none.stderr]).toEqual([1, expect.stringMatching(/^There is no event abcdef012345\./)])
  await removePart(context, world, event)
  const partly = await world.run(['events', 'pull', event.eventId])
  expect([partly.code, partly.stderr]).toEqual([
    1,
    expect.stringMatching(/^The notification of .* cannot be run any more: a part of it has expired\.$/m),
  ])
})

async function removePart(
  { onTestFinished }: TestContext,
  { env, credentials }: World,
  event: EventRecord,
): Promise<void> {
  const endpoint = String(env.AWS_ENDPOINT_URL_DYNAMODB)
  const client = new DynamoDBClient({ region, credentials, endpoint })
  onTestFinished(() => client.destroy())
  const Key = { pk: { S: event.resourceKey }, sk: { S: bodySortKey(event, 0) } }
  await client.send(new DeleteItemCommand({ TableName: tableName, Key }))
}

it('saves the notification as it was delivered, or redacted, and overwrites nothing unasked', async (context) => {
  const event = recorded()
  const world = await eventsWorld(context, [event])
  const file = join(await handlersFile(context, ''), '../saved/matter.json')
  const args = ['events', 'pull', event.eventId, '--no-run', '--save', file]
  const saved = await world.run([...args, '--json'])
  expect(saved.code).toBe(0)
  expect(JSON.parse(saved.stdout)).toMatchObject({ eventId: event.eventId, saved: file })
  expect(await readFile(file, 'utf8')).toBe(matter)
  const again = await world.run(args)
  expect(again).toMatchObject({
    code: 1,
    stderr: `${file} is there already. Name another file, or overwrite it: --force\n`,
  })
  const redacted = await world.run([...args, '--force', '--redact'])
  expect(redacted.code).toBe(0)
  expect(redacted.stdout).toMatch(
    /^Saved without what tells of people: .*\nWhat was kept of it, .* \d+ names of fields \(accountId, /,
  )
  expect(redacted.stdout).toMatch(/\);\n {2}type: matter\.updated\n( {2}\w+: .*\n)+$/)
  const text = await readFile(file, 'utf8')
  expect(text).not.toContain('John')
  expect(readEnvelope(text).type).toBe('matter.updated')
})

it('saves it among the user’s files when it is redacted and no file is named, where a test runs it', async (context) => {
  const event = recorded({ handlers: { here: { outcome: 'failed', failures: 1, waits: 0 } } })
  const world = await eventsWorld(context, [event])
  const { stdout } = await world.run(['events', 'pull', event.eventId, '--redact', '--no-run', '--json'])
  const { reference, saved, kept } = JSON.parse(stdout)
  context.onTestFinished(() => rm(saved))
  const file = `test/handlers/fixtures/matter.updated-${reference}.json` as const
  expect(saved).toBe(join(projectRoot, file))
  expect(usersFiles.some((folder) => file.startsWith(`${folder}/`))).toBe(true)
  const titles: unknown[] = []
  const see = on('matter.updated', { name: 'here' }, ({ payload }) => void titles.push(payload.title))
  const outcomes = await runHandlers([see], testEvent(file))
  expect([outcomes.here?.outcome, titles.length, String(titles[0])]).toEqual([
    ...['handled', 1, expect.not.stringContaining('John')],
  ])
  expect(kept.names).toContain('payload')
  expect(kept.values).toContain('type: matter.updated')
})

it('names a redacted file after no type that Smokeball does not list', async (context) => {
  const text = matter.replace('"matter.updated"', '"Mary.Watson"')
  const event = recorded({ text })
  const world = await eventsWorld(context, [event])
  const { stdout } = await world.run(['events', 'pull', event.eventId, '--redact', '--no-run'])
  const [, saved = ''] = /people: (.*)\n/.exec(stdout) ?? []
  context.onTestFinished(() => rm(saved))
  expect(saved).toMatch(/Qqqq\.Qqqqqq-[\w-]+\.json$/)
  expect(stdout + (await readFile(saved, 'utf8'))).not.toMatch(/mary|watson/i)
})

it.for([
  [['--no-run'], /^--no-run: say what to save/],
  [['--force'], /^--force overwrites what/],
  [['--inspect', 'mhikn8rn-d79d4bee'], /with an equals sign/],
] as const)('%j was not understood', async ([args, said], context) => {
  const world = await connectedWorld(context)
  const reference = args.length > 1 ? [] : ['mhikn8rn-d79d4bee']
  const { code, stderr } = await world.run(['events', 'pull', ...args, ...reference])
  expect(code).toBe(2)
  expect(stderr).toMatch(said)
})

it('takes an event of the running npm start', async (context) => {
  const { local, run } = await runningLocal(context, { handlers: [on('*', { name: 'there' }, () => {})] })
  await local.deliver(matter)
  await local.settled()
  const handlers = await handlersFile(context, threeHandlers)
  const { eventId } = readEnvelope(matter)
  const { code, stdout } = await run('events', 'pull', eventId, '--handlers', handlers, '--handler', 'crm')
  expect(stdout).toContain('In npm start: handled, there handled.\n')
  expect(code).toBe(0)
})

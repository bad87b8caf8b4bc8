import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { notificationLines } from '../../../infra/cli/terminal/event-words.ts'
import { resourceKey } from '../../../shared/event/event-identity.ts'
import { epochMsToTicks } from '../../../shared/event/ticks.ts'
import { eventRecord, startEpochMs } from '../../shared/ledger/event-table.ts'
import { eventsWorld } from './events-world.ts'
import { onTerminal } from './on-terminal.ts'

const minute = 60_000

/** Two hundred, a minute apart; the last one was received at 03:19 UTC. */
function manyEvents() {
  return Array.from({ length: 200 }, (_, index) =>
    eventRecord({
      eventId:
        (index * 0x01234567).toString(16).padStart(8, '0').slice(-8) + index.toString(16).padStart(24, '0'),
      resourceKey: `firm-${index % 2}|contact|${index}`,
      ticks: epochMsToTicks(startEpochMs + index * minute - 900),
      receivedEpochMs: startEpochMs + index * minute,
      ...(index % 10 === 0 && {
        status: 'failed',
        handlers: {
          crm: { outcome: 'handled', failures: 0, waits: 0 },
          mail: {
            outcome: 'timed-out',
            failures: 2,
            waits: 0,
            error: 'Error: no\n    at send (mail.ts:3:4)',
          },
        },
      }),
    }),
  )
}

it('lists what came lately, page by page, by the command that it tells', async (context) => {
  const world = await eventsWorld(context, manyEvents())
  const first = await world.run(['events', 'list', '--limit', '3', '--utc'])
  expect(first).toMatchObject({ code: 0, stderr: '' })
  const [head, newest, , , more = ''] = first.stdout.split('\n')
  expect(head).toMatch(/^Reference +Received +Outcome +Type +Resource +Handlers$/)
  expect(newest).toMatch(
    /^[0-9a-z]{8}-[0-9a-f]{8} {2}07-01 03:19:00 {2}handled +contact\.updated +199 +crm handled$/,
  )
  const args = more.replace('More: npx smokeball-webhooks ', '').split(' ')
  expect(args.toSpliced(6, 1)).toEqual([
    ...['events', 'list', '--limit', '3', '--utc', '--cursor', '--stage', 'prod'],
  ])
  expect((await world.run(args)).stdout).toMatch(/\n.* 03:16:00 .* 196 +crm handled\n/)
})

it('lists those that an account, a type, an outcome, a handler and times say, and a page as JSON', async (context) => {
  const world = await eventsWorld(context, manyEvents())
  const list = async (...args: string[]) => {
    const { code, stdout, stderr } = await world.run(['events', 'list', '--json', ...args])
    expect([code, stderr]).toEqual([0, ''])
    return JSON.parse(stdout)
  }
  const failed = await list('--outcome', 'failed,dead-lettered', '--limit', '2')
  expect(failed).toMatchObject({
    events: [{ status: 'failed', resource: { kind: 'contact', id: '190' } }, { resource: { id: '180' } }],
    cursor: expect.any(String),
  })
  expect(failed.events[0].handlers.mail).toEqual({ outcome: 'timed-out', failures: 2, waits: 0 })
  expect((await list('--outcome', 'timed-out', '--handler', 'crm')).events).toEqual([])
  const within = ['--since', '2026-07-01T01:00:00Z', '--until', '2026-07-01 01:05', '--utc']
  const some = await list(...within, '--account', 'firm-1', '--type', 'contact.*', '--no-own')
  expect(some).toMatchObject({ events: [{}, {}, {}], cursor: null })
  expect(some.events.map(({ received }: { received: string }) => received.slice(11, 16))).toEqual([
    ...['01:05', '01:03', '01:01'],
  ])
  expect((await list('--since', '1h')).events).toEqual([])
  const none = await world.run(['events', 'list', '--type', 'x'])
  expect(none.stdout).toBe('No such event. What still waits: npx smokeball-webhooks status --stage prod\n')
  const said = "'contact.update' is not on Smokeball's list. Did you mean 'contact.updated'?\n"
  for (const words of ['events list', 'dlq list', 'dlq redrive', 'replay --dry-run'])
    expect((await world.run([...words.split(' '), '--type', 'contact.update'])).stderr, words).toContain(said)
})

it.for([
  [['--since', '1h', '--until', '2h'], /^--since 1h is later than --until 2h.*: --since 2h --until 1h\n$/],
  [['--since', '2100-01-01'], /^--since 2100-01-01 is still to come/],
  [['--since', 'yesterday'], /^--since yesterday is no moment: give 2h \(ago\), /],
  [['--limit', '0'], /^--limit 0 is no limit: give a whole number from 1 to 1000\./],
  [['--outcome', 'failed,odd'], /Allowed are handled, superseded, own, /],
] as const)('%j is not understood', async ([args, said], context) => {
  const world = await eventsWorld(context)
  const ended = await world.run(['events', 'list', ...args])
  expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(said) })
})

it('shows one event by its reference, its id and the digits that log lines show', async (context) => {
  const world = await eventsWorld(context, manyEvents())
  const { events } = JSON.parse((await world.run(['events', 'list', '--outcome', 'failed', '--json'])).stdout)
  const { reference, eventId } = events[0]
  for (const given of [reference, eventId, eventId.slice(0, 12), ` ${reference.toUpperCase()}`]) {
    const { code, stdout } = await world.run(['events', 'show', given, '--utc'])
    expect([code, stdout.split('\n')[0]], given).toEqual([0, `${reference}  contact.updated  failed`])
    expect(stdout).toMatch(/\nReceived {6}2026-07-01 03:10:00\.000 UTC\n/)
    expect(stdout).toMatch(
      /\n {2}mail {2}timed-out, 2 failures\n {6}Error: no\n {10}at send \(mail\.ts:3:4\)\n/,
    )
    expect(stdout).toMatch(
      /\nIts resource: npx smokeball-webhooks events resource --stage prod -- firm-0 contact 190\n$/,
    )
  }
  expect(await world.run(['events', 'show', 'mhikn8rn-12345678'])).toMatchObject({
    ...{ code: 1, stdout: '' },
    stderr:
      'There is no event mhikn8rn-12345678. See what is there: npx smokeball-webhooks events list --stage prod\n',
  })
  expect(await world.run(['events', 'show', '\u001b[31mx'])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^'x' names no event: give a reference/),
  })
  expect(await world.run(['events', 'list', '--cursor', 'x'])).toMatchObject({
    ...{ code: 1, stderr: expect.stringMatching(/^'x' is no cursor/) },
  })
})

it('tells why an event has no body', () => {
  expect(notificationLines(undefined)).toEqual(['', 'Payload: a part of it has expired'])
  expect(notificationLines(undefined, { bodyDays: 1 })).toEqual([
    '',
    'Payload: its body was kept for 1 day (bodyRetentionDays)',
  ])
  expect(notificationLines(undefined, { bodyDays: 3 })[1]).toContain('kept for 3 days')
  expect(notificationLines(undefined, { bodyDays: 3, unreadable: 'it is damaged' })[1]).toBe(
    'Payload: its body cannot be read: it is damaged',
  )
})

it('calls an event failed whose handlers failed, and not one that asked to be run again', async (context) => {
  const asked = { outcome: 'retry-after', failures: 0, waits: 1, error: 'RetryAfter: busy' } as const
  const later = eventRecord({ status: 'failed', handlers: { crm: asked } })
  const both = eventRecord({
    ...{ status: 'failed', resourceKey: 'firm-1|contact|2' },
    handlers: { crm: asked, mail: { outcome: 'failed', failures: 1, waits: 0, error: 'Error: no' } },
  })
  const world = await eventsWorld(context, [later, both])
  for (const [{ eventId }, word] of [
    [later, 'retry-after'],
    [both, 'failed'],
  ] as const) {
    const { stdout } = await world.run(['events', 'show', eventId])
    expect(stdout.split('\n')[0]).toMatch(new RegExp(`  contact\\.updated  ${word}$`))
    expect((await world.run(['events', 'list'])).stdout).toMatch(new RegExp(` ${word} +contact\\.updated`))
  }
  const history = await world.run(['events', 'resource', 'firm-1', 'contact', '1'])
  expect(history.stdout).toMatch(/ retry-after +contact\.updated/)
})

/** Moves the cursor, clears the screen, colours, and turns the line around. */
const hostile = '\u001b[2J\u009b31m\u0007\u007f\u202ecod.exe\u2028x'

it('keeps control characters of payloads, ids and failures off the terminal, and every digit', async (context) => {
  const payload = `{"n":9223372036854775807,"far":1.0e400,"long":0.10000000000000000001,"none":-0,"two":2.50,"name":${JSON.stringify(hostile)},"nested":[{"😀":-9007199254740993}]}`
  const event = eventRecord({
    resourceKey: `firm|contact|${encodeURIComponent(hostile)}`,
    ...{ status: 'dead-lettered', reason: hostile, type: `contact.${hostile}` },
    handlers: { crm: { outcome: 'gave-up', failures: 1, waits: 0, error: `Error: ${hostile}` } },
    text: `{"type":"x","payload":${payload}}`,
  })
  const world = await eventsWorld(context, [event])
  const harmful = /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069\u2028\u2029]/u
  const shown = await world.run(['events', 'show', event.eventId])
  const json = await world.run(['events', 'show', event.eventId, '--json'])
  const key = event.resourceKey
  const others = [['list'], ['list', '--json'], ['resource', 'firm', 'contact', hostile], ['resource', key]]
  for (const args of others) {
    const { code, stdout, stderr } = await world.run(['events', ...args])
    expect([code, stderr, harmful.exec(stdout)?.[0]], args[0]).toEqual([0, '', undefined])
    expect(stdout).toContain('cod.exe')
  }
  expect(shown.stdout).toContain(
    `\nIts resource: npx smokeball-webhooks events resource --stage prod -- "${key}"\n`,
  )
  for (const { code, stdout } of [shown, json]) {
    expect([code, harmful.exec(stdout)?.[0]]).toEqual([0, undefined])
    expect(stdout).toContain('9223372036854775807')
    expect(stdout).toContain('-9007199254740993')
    for (const number of ['"far": 1.0e400', '"long": 0.10000000000000000001', '"none": -0', '"two": 2.50'])
      expect(stdout).toContain(number)
    expect(stdout).toContain('😀')
  }
  expect(JSON.parse(json.stdout)).toMatchObject({
    text: event.text,
    reason: hostile,
    resource: { id: hostile },
    resourceKey: key,
  })
})

it.for([
  ['too long', '長'.repeat(100)],
  ['half a character', 'x\ud800'],
] as const)(
  'finds the resource of an id that is %s by the key that events show tells',
  async ([, id], context) => {
    const event = eventRecord({ resourceKey: resourceKey('firm', 'contact', id) })
    const world = await eventsWorld(context, [event])
    const { stdout } = await world.run(['events', 'show', event.eventId])
    const [, key = ''] =
      /Its resource: npx smokeball-webhooks events resource --stage prod -- "(.*)"\n$/.exec(stdout) ?? []
    expect(key).toBe(event.resourceKey)
    const history = JSON.parse((await world.run(['events', 'resource', key, '--json'])).stdout)
    expect(history.events).toMatchObject([{ eventId: event.eventId, resourceKey: key }])
  },
)

it.for([
  ['firm>victim.txt', '--stage=prod'],
  ['firm;$(touch victim)', '-'],
  ["it's `id`", '"!~#'],
  ['a  b', '--local'],
] as const)(
  'prints a command that names the resource of %j and %j when it is pasted',
  async ([account, id], context) => {
    const event = eventRecord({ resourceKey: resourceKey(account, 'contact', id) })
    const world = await eventsWorld(context, [event])
    const { stdout } = await world.run(['events', 'show', event.eventId])
    const [, command = ''] = /Its resource: npx smokeball-webhooks (.*)\n$/.exec(stdout) ?? []
    const folder = await mkdtemp(join(tmpdir(), 'pasted-'))
    context.onTestFinished(() => rm(folder, { recursive: true }))
    const script = `show() { printf '%s\\0' "$@"; }\nshow ${command}`
    const pasted = await promisify(execFile)('sh', ['-c', script], { cwd: folder })
    const args = pasted.stdout.split('\0').slice(0, -1)
    expect(await readdir(folder)).toEqual([])
    const history = JSON.parse((await world.run([...args.slice(0, 2), '--json', ...args.slice(2)])).stdout)
    expect(history.events).toMatchObject([{ eventId: event.eventId, resource: { id } }])
  },
)

it.for([[['firm']], [['firm', 'contact']], [['a|b|c', 'contact']], [['firm|contact']]] as const)(
  'names no resource: %j',
  async ([names], context) => {
    const world = await eventsWorld(context)
    expect(await world.run(['events', 'resource', ...names])).toMatchObject({
      ...{ code: 2, stdout: '' },
      stderr: expect.stringMatching(
        /^Say which resource: its account, its kind and its id, or its key alone/,
      ),
    })
  },
)

it("shows a resource's history in event order, and what the ledger knows", async (context) => {
  const at = (happened: number, received: number) =>
    eventRecord({
      ...{ resourceKey: 'firm|matter|a%20b', ticks: epochMsToTicks(startEpochMs + happened * minute) },
      receivedEpochMs: startEpochMs + received * minute,
    })
  const world = await eventsWorld(context, [at(1, 10), at(3, 11), at(2, 12)])
  const resource = ['events', 'resource', 'firm', 'matter', 'a b', '--utc']
  const { stdout } = await world.run([...resource, '--limit', '2'])
  expect(stdout).toMatch(
    /^Happened +Received .*\n07-01 00:03:00 {2}07-01 00:11:00 .*\n07-01 00:02:00 {2}07-01 00:12:00 /,
  )
  expect(stdout).toMatch(
    /\nMore: npx smokeball-webhooks events resource --limit 2 --utc --cursor \d{19}-[0-9a-f]{32} --stage prod -- firm matter "a b"\n$/,
  )
  const oldest = JSON.parse((await world.run([...resource, '--oldest-first', '--json'])).stdout)
  expect(oldest).toMatchObject({ ledger: null, cursor: null, events: [{}, {}, {}] })
  expect(oldest.events.map(({ happened }: { happened: string }) => happened.slice(14, 16))).toEqual([
    '01',
    '02',
    '03',
  ])
  expect((await world.run(['events', 'resource', 'firm', 'matter', 'x'])).stdout).toBe(
    'No event of it is there.\n',
  )
})

it('fits the terminal', async (context) => {
  const long = eventRecord({
    resourceKey: `firm|contact|${encodeURIComponent(`${'長'.repeat(30)}${'x'.repeat(60)}`)}`,
    handlers: Object.fromEntries(
      ['sync-contacts', 'write-audit-trail', 'mail'].map((name) => [
        ...[name, { outcome: 'handled', failures: 0, waits: 0 } as const],
      ]),
    ),
  })
  const world = await eventsWorld(context, [long])
  const { code, screen } = await onTerminal(['events', 'list'], world.env, [], { columns: 80 })
  expect(code).toBe(0)
  const [, row = ''] = screen.trimEnd().split('\n')
  expect(row).toContain(`-${long.eventId.slice(0, 8)}`)
  const doubled = row.replace(/長/g, '長長')
  expect([doubled.length, row.match(/…/g)?.length]).toEqual([80, 3])
})

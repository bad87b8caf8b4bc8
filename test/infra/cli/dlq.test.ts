import { expect, it } from 'vitest'
import { PermanentFailure } from '#webhooks'
import { redriveDeadLetters } from '../../../infra/operate/dead-letters/take-dead-letters.ts'
import { deliver } from '../../../infra/operate/send/deliver.ts'
import { sample } from '../../../infra/smokeball/sample.ts'
import { readEnvelope } from '../../../shared/event/envelope.ts'
import { firm, notification, storedEvent } from '../operate/dead-letters/dead-letters-world.ts'
import { seeing } from '../operate/dead-letters/killed-client.ts'
import { connectAll, wholeWorld } from './deployed-world.ts'
import { failingLocal } from './failing-local.ts'
import { onTerminal } from './on-terminal.ts'

const idOf = (notified: string) => readEnvelope(notified).eventId

it('lists what lies there and why, in a table that fits the terminal, and as JSON', {
  timeout: 120_000,
}, async (context) => {
  const { crm, deliver, run, json, env } = await failingLocal(context)
  const [first, second] = [notification(), notification({ type: 'contact.created' })]
  await deliver(first)
  crm.mood = 'fails for good'
  // One after the other: what is quarantined would be there before what a handler gives up.
  await deliver(second)
  await deliver('no JSON')

  const listed = await run('dlq', 'list', '--utc')
  expect(listed).toMatchObject({ code: 0, stderr: '' })
  const [head, ...lines] = listed.stdout.split('\n')
  expect(head).toMatch(/^Reference +Since +Kind +Type +Resource +Reason$/)
  expect(lines.slice(0, 3)).toEqual([
    expect.stringMatching(
      /^\w{8}-[0-9a-f]{8} {2}\d\d-\d\d [\d:]{8} {2}attempts-spent +contact\.updated +\S{36} +attempts of crm spent .*Error: no CRM today$/,
    ),
    expect.stringMatching(
      / permanent-failure +contact\.created +\S{36} +permanent failure of crm: .*no such customer$/,
    ),
    expect.stringMatching(/^[0-9a-f]{8} .* quarantined +- +- +Not a Smokeball notification: not JSON\.$/),
  ])
  expect(lines.slice(3)).toEqual([
    ...['', '3 dead letters.', 'See one: npx smokeball-webhooks dlq show --local -- REFERENCE'],
    ...[
      'Send it back, once the cause is mended: npx smokeball-webhooks dlq redrive --local -- REFERENCE',
      '',
    ],
  ])
  const filtered = await run('dlq', 'list', '--kind', 'quarantined,crashed')
  expect(filtered.stdout).toMatch(/\n\n1 dead letter, and 2 that the filter leaves out\.\n/)
  expect((await run('dlq', 'list', '--kind', 'lost')).stderr).toContain(
    'Allowed are attempts-spent, permanent-failure',
  )

  const all = await json('dlq', 'list')
  expect(all).toMatchObject({
    elsewhere: 0,
    letters: [
      { kind: 'attempts-spent' },
      { kind: 'permanent-failure' },
      { kind: 'quarantined', event: null },
    ],
  })
  const { resource, resourceKey } = readEnvelope(first)
  expect(all.letters[0]).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    ...{ kind: 'attempts-spent', reason: 'attempts of crm spent (1 failed, 0 put off): Error: no CRM today' },
    since: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    event: {
      reference: lines[0]?.split(' ')[0],
      ...{ eventId: idOf(first), type: 'contact.updated', accountId: firm, resource, resourceKey },
      happened: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    },
  })
  expect((await json('dlq', 'list', '--type', 'contact.created', '--account', firm)).letters).toHaveLength(1)
  expect((await run('dlq', 'list', '--account', 'other')).stdout).toBe(
    'No dead letters, and 3 that the filter leaves out.\n',
  )
  const { screen } = await onTerminal(['dlq', 'list', '--local'], env, [], { columns: 100 })
  const table = screen.split('\n').slice(0, 4)
  expect(table.every((line) => line.length <= 100)).toBe(true)
  expect(table[1]).toMatch(/…$/)
})

it('shows a letter: why it lies there, what its handlers failed with, and what can be done', {
  timeout: 120_000,
}, async (context) => {
  const { crm, deliver, run, json, deps } = await failingLocal(context)
  const failed = notification()
  await deliver(failed)
  await deliver('\u001b[31mred\u202e')
  const { letters } = await json('dlq', 'list')
  const [{ id, event }, unread] = letters
  const shown = await run('dlq', 'show', event.reference)
  expect(shown).toMatchObject({ code: 0, stderr: '' })
  const told = shown.stdout
  expect(told).toMatch(
    new RegExp(`^${event.reference} {2}dead letter: attempts-spent\\n\\nMessage +${id}\\n`),
  )
  expect(told).toContain('\nA handler failed as often as it may. Sent back, it gets all its attempts anew.\n')
  expect(told).toMatch(/\nAttempts +1\n/)
  expect(told).toMatch(/\nHandlers\n {2}crm {2}gave-up, \d+ ms, 1 failure\n {6}Error: no CRM today\n/)
  expect(told).toContain('"number": 12345678901234567891\n')
  expect(told).toContain(`  npx smokeball-webhooks dlq redrive --local -- ${event.reference}\n`)
  expect(told).toContain(`  npx smokeball-webhooks dlq drop --reason why --local -- ${event.reference}\n`)
  expect(await run('dlq', 'show', 'deadbeef')).toMatchObject({
    ...{ code: 1, stderr: expect.stringMatching(/^There is no dead letter deadbeef\. See/) },
  })

  const quarantined = (await run('dlq', 'show', unread.id.slice(0, 8))).stdout
  expect(quarantined).toContain(
    'Its body is no notification that can be read: the table has no event of it.\n',
  )
  expect(quarantined).toMatch(/\nPayload\n {2}red\?\n/)
  expect(await json('dlq', 'show', unread.id)).toMatchObject({ text: '\u001b[31mred\u202e', stored: null })
  expect(await json('dlq', 'show', id)).toMatchObject({
    ...{
      kind: 'attempts-spent',
      text: failed,
      lettersOfEvent: 1,
      notification: { payload: { name: 'Ann' } },
    },
    stored: { status: 'dead-lettered', handlers: { crm: { outcome: 'gave-up' } } },
  })

  // The letter of an event that somebody sent back, and whose letter then was not deleted.
  crm.mood = 'works'
  const sqs = seeing(deps.sqs, (input) => {
    if ('ReceiptHandle' in input) throw new Error('killed')
  })
  const which = (letter: { id: string }) => letter.id === id
  await expect(redriveDeadLetters({ ...deps, sqs }, { which }, new AbortController().signal)).rejects.toThrow(
    'killed',
  )
  await expect.poll(() => crm.done).toEqual([idOf(failed)])
  await expect.poll(async () => (await storedEvent(deps, failed))?.status).toBe('handled')
  expect((await run('dlq', 'show', id)).stdout).toContain(
    '\nIts event went on without it, and is handled: sent back, this letter is a duplicate and nothing is run.',
  )
})

it('works on a deployed stack as on the local run', { timeout: 120_000 }, async (context) => {
  let isMended = false
  const handle = () => {
    if (!isMended) throw new PermanentFailure('not yet')
  }
  const world = await wholeWorld(context, { handle })
  await connectAll(world)
  const { local, run, fake } = world
  const to = { url: local.url, clientId: fake.credentials.clientId, signingKey: 'the-signing-key' }
  for (const type of ['matter.updated', 'contact.updated'])
    expect((await deliver(to, sample(type).text)).status).toBe(200)
  await local.settled()
  isMended = true
  const { letters } = JSON.parse((await run(['dlq', 'list', '--json'])).stdout)
  expect(letters).toHaveLength(2)
  expect(await run(['dlq', 'drop', letters[0].id, '--reason', 'old', '--yes'])).toMatchObject({
    code: 0,
    stderr: '',
  })
  expect((await run(['dlq', 'redrive', '--kind', 'permanent-failure'])).stdout).toBe(
    'Sent back 1 dead letter.\nSee what becomes of it: npx smokeball-webhooks events list --stage prod\n',
  )
  await local.settled()
  const { events } = JSON.parse((await run(['events', 'list', '--json'])).stdout)
  expect(events.map(({ status }: { status: string }) => status).toSorted()).toEqual(['dropped', 'handled'])
})

import { ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { expect, it } from 'vitest'
import { readEnvelope } from '../../../shared/event/envelope.ts'
import { notification } from '../operate/dead-letters/dead-letters-world.ts'
import { failingLocal } from './failing-local.ts'
import { startCommand } from './in-process.ts'
import { onTerminal } from './on-terminal.ts'
import { recordedCalls } from './recorded-calls.ts'
import { runningAs } from './running-local.ts'

const idOf = (notified: string) => readEnvelope(notified).eventId

it('sends back what is named or filtered, tells what it did not find, and what it would do', {
  timeout: 120_000,
}, async (context) => {
  const { local, crm, deliver, run, json, referenceOf, deadLetters } = await failingLocal(context)
  const texts = [notification(), notification({ type: 'contact.created' }), notification()] as const
  await deliver(...texts, 'no JSON')
  const [first] = texts
  const name = await referenceOf(first)
  crm.mood = 'works'

  const failedIn = async (handler: string, ...more: string[]) =>
    (await json('dlq', 'redrive', '--handler', handler, '--dry-run', ...more)).wouldRedrive.length
  expect([await failedIn('crm'), await failedIn('mail'), await failedIn('toString')]).toEqual([3, 0, 0])
  expect([await failedIn('crm', '--since', '5m'), await failedIn('crm', '--until', '5m')]).toEqual([3, 0])
  expect((await run('dlq', 'list', '--handler', 'crm')).stdout).toMatch(
    /\n3 dead letters, and 1 that the filter/,
  )
  const swapped = await run('dlq', 'drop', '--since', '1h', '--until', '2h', '--reason', 'x')
  expect(swapped).toMatchObject({ code: 2, stderr: expect.stringContaining('--since 2h --until 1h') })
  const unclear = [
    [],
    ['--all', '--handler', 'crm'],
    ['--all', '--since', '1h'],
    ['--all', '--type', '*'],
    ['--all', 'deadbeef'],
    ['nonsense'],
  ]
  for (const ended of await Promise.all(unclear.map((args) => run('dlq', 'redrive', ...args))))
    expect(ended).toMatchObject({ code: 2, stdout: '' })
  const dry = await run('dlq', 'redrive', '--all', '--dry-run')
  expect(dry.stdout).toMatch(/^Reference .*\n(.+\n){4}\n4 dead letters would be sent back\.\n$/)
  expect(await json('dlq', 'redrive', name, '--dry-run')).toMatchObject({
    wouldRedrive: [{ event: { eventId: idOf(first) } }],
  })
  expect([crm.done, await deadLetters()]).toEqual([[], { waiting: 4, inWork: 0 }])

  expect(await run('dlq', 'redrive', name, 'deadbeef')).toEqual({
    code: 1,
    stdout: 'Sent back 1 dead letter.\nSee what becomes of it: npx smokeball-webhooks events list --local\n',
    stderr: 'Not found: deadbeef. See what is there: npx smokeball-webhooks dlq list --local\n',
  })
  await local.settled()
  expect(crm.done).toEqual([idOf(first)])
  expect((await run('dlq', 'redrive', name, '--json')).stdout).toBe(
    `{\n  "redriven": 0,\n  "notFound": [\n    "${name}"\n  ],\n  "elsewhere": 0\n}\n`,
  )
  expect(await json('dlq', 'redrive', '--type', 'contact.created')).toEqual({
    redriven: 1,
    notFound: [],
    elsewhere: 0,
  })
  expect((await run('dlq', 'redrive', '--all')).stdout).toMatch(
    /^Sent back 2 dead letters\.\nSee what becomes of them/,
  )
  await local.settled()
  expect(crm.done).toEqual(texts.map(idOf))
  expect(await deadLetters()).toEqual({ waiting: 1, inWork: 0 })
})

it('leaves an event whose time is still to come, unless it is named', {
  timeout: 120_000,
}, async (context) => {
  const { local, crm, deliver, run, json, referenceOf, deadLetters } = await failingLocal(context)
  const [ahead, failed] = [notification({ secondsAgo: -3_600 }), notification()] as const
  await deliver(ahead, failed)
  crm.mood = 'works'
  const name = await referenceOf(ahead)
  expect((await run('dlq', 'show', name)).stdout).toContain('goes back only when it is named')

  const dry = await json('dlq', 'redrive', '--all', '--dry-run')
  expect([dry.wouldRedrive.length, dry.ahead]).toEqual([
    1,
    [expect.objectContaining({ kind: 'quarantined' })],
  ])
  expect(await json('dlq', 'redrive', '--kind', 'quarantined')).toMatchObject({ redriven: 0, ahead: [{}] })
  const all = await run('dlq', 'redrive', '--all')
  expect([all.code, all.stdout]).toEqual([0, expect.stringMatching(/^Sent back 1 dead letter\./)])
  expect(all.stdout).toContain('\n1 dead letter stays: its timestamp is still to come')
  expect(all.stdout).toContain(`npx smokeball-webhooks dlq redrive --local -- ${name}\n`)
  await local.settled()
  expect([crm.done, await deadLetters()]).toEqual([[idOf(failed)], { waiting: 1, inWork: 0 }])

  expect((await run('dlq', 'redrive', name)).stdout).toMatch(/^Sent back 1 dead letter\./)
  await local.settled()
  expect([crm.done, await deadLetters()]).toEqual([[idOf(failed), idOf(ahead)], { waiting: 0, inWork: 0 }])
})

it('asks before it sends back more than twenty', { timeout: 120_000 }, async (context) => {
  const { local, crm, deliver, run, env, deadLetters } = await failingLocal(context)
  await deliver(...Array.from({ length: 21 }, () => notification()))
  crm.mood = 'works'
  expect(await run('dlq', 'redrive', '--all')).toMatchObject({
    code: 1,
    stderr: 'Say --yes to send 21 dead letters back.\n',
  })
  const question = 'Send 21 dead letters back'
  const declined = await onTerminal(['dlq', 'redrive', '--all', '--local'], env, [[question, 'n']])
  expect([declined.code, declined.screen]).toEqual([1, expect.stringContaining('Nothing was sent back.')])
  expect(await deadLetters()).toEqual({ waiting: 21, inWork: 0 })
  expect(await run('dlq', 'redrive', '--all', '--yes')).toMatchObject({ code: 0 })
  await local.settled()
  expect([crm.done.length, await deadLetters()]).toEqual([21, { waiting: 0, inWork: 0 }])
})

it('tells of those that somebody else has in hand, and leaves all as it was on Ctrl-C', {
  timeout: 120_000,
}, async (context) => {
  const { local, deliver, sqs, deps, run, deadLetters } = await failingLocal(context)
  await deliver(...Array.from({ length: 5 }, () => notification()))
  await sqs.send(new ReceiveMessageCommand({ QueueUrl: deps.deadLetterQueueUrl, MaxNumberOfMessages: 2 }))
  expect((await run('dlq', 'list')).stdout).toContain(
    '\n3 dead letters.\nAbout 2 more are being looked at or sent back by somebody else: look again in two minutes.\n',
  )
  // What one poll found is in hand while the next one waits, as it would on AWS.
  const goesOn = Promise.withResolvers<void>()
  const sqsOnly = { AWS_ENDPOINT_URL_SQS: local.sqs.endpoint }
  const slow = await recordedCalls(context, sqsOnly, async (call, earlier) => {
    if (call === 'SQS ReceiveMessage' && earlier > 0) await goesOn.promise
  })
  const world = { ...local, sqs: { ...local.sqs, endpoint: slow.env.AWS_ENDPOINT_URL_SQS ?? '' } }
  const { env } = await runningAs(context, world)
  const redrive = startCommand('webhooks', ['dlq', 'redrive', '--all', '--local'], { env })
  await expect.poll(deadLetters, { timeout: 20_000, interval: 10 }).toEqual({ waiting: 0, inWork: 5 })
  redrive.kill('SIGINT')
  goesOn.resolve()
  expect(await redrive.ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/^Stopped/) })
  expect((await deadLetters()).inWork).toBe(2)
})

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, it, type TestContext } from 'vitest'
import { on, PermanentFailure, type SmokeballEvent } from '#webhooks'
import { type Local, type StartLocalOptions, startLocal } from '#webhooks/testing'
import { dropDeadLetters, redriveDeadLetters } from '../infra/operate/dead-letters/take-dead-letters.ts'
import { type ReplayDeps, type SentReplay, sendReplay } from '../infra/operate/replay/send-replays.ts'
import { messageGroupId } from '../shared/event/event-identity.ts'
import { readFeed } from '../shared/ledger/event-feed.ts'
import type { EventRow } from '../shared/ledger/event-row.ts'
import { readEvent, type StoredEvent } from '../shared/ledger/read-event.ts'
import type { Replay } from '../shared/ledger/replay.ts'
import { replayMessage } from '../shared/queue/replay-message.ts'
import { sqsAttributes } from '../shared/queue/sqs-attributes.ts'
import { systemClock } from '../shared/runtime/clock.ts'
import { takeAll } from './functions/queue-contents.ts'

const signal = new AbortController().signal
const start = 639170696424691361n

function notification(version: bigint, type = 'contact.updated'): string {
  return `{"accountId":"a","subscriptionId":"s","type":"${type}","source":"API","payload":{"id":"c","n":9007199254740993},"timestamp":${start + version}}`
}

interface World {
  local: Local
  deps: ReplayDeps
  /** The event of this version of the contact, as the table has it. */
  stored(version: bigint): Promise<StoredEvent>
  /** Sends a replay and waits until nothing is pending. */
  replay(version: bigint, how: Replay): Promise<SentReplay>
  /** What the consumer said of each message: outcome and replay id. */
  outcomes(): [unknown, unknown][]
}

/** Handlers that fail are run again at once. */
async function world(
  context: Pick<TestContext, 'onTestFinished'>,
  options: StartLocalOptions,
): Promise<World> {
  const local = await startLocal({ maxAttempts: 1, backOffMs: () => 0, ...options })
  const [client, sqs] = [new DynamoDBClient(local.dynamodb), new SQSClient(local.sqs)]
  context.onTestFinished(async () => {
    client.destroy()
    sqs.destroy()
    await local.stop()
  })
  const { tableName, queueUrl, handlers } = local
  const deps = { client, tableName, sqs, queueUrl, handlers }
  const row = async (version: bigint): Promise<EventRow> => {
    const { events } = await readFeed(deps, { limit: 20 }, signal)
    const found = events.find(({ ticks }) => ticks === start + version)
    if (!found) throw new Error(`There is no version ${version}`)
    return found
  }
  return {
    ...{ local, deps },
    async stored(version) {
      const event = await readEvent(deps, await row(version), signal)
      if (!event) throw new Error('It is gone')
      return event
    },
    async replay(version, how) {
      const sent = await sendReplay(deps, await row(version), how, signal)
      await local.settled()
      return sent
    },
    outcomes: () =>
      local.lines.flatMap(({ message }) =>
        typeof message === 'object' && 'event' in message && !('delivery' in message)
          ? [[message.event, message.replay]]
          : [],
      ),
  }
}

it('runs the handlers that failed, once, through the queue that drops the event’s copies', async (context) => {
  const seen: [string, Pick<SmokeballEvent, 'attempt' | 'replay' | 'late'>, string][] = []
  let isBroken = true
  const note =
    (name: string) =>
    (event: SmokeballEvent, { idempotencyKey }: { idempotencyKey: string }) => {
      const { attempt, replay, late } = event
      seen.push([name, { attempt, replay, late }, idempotencyKey.replace(event.id, 'E')])
      if (name === 'mail' && isBroken) throw new PermanentFailure('no mail today')
    }
  const { local, replay, stored, outcomes } = await world(context, {
    handlers: [
      on('contact.*', { name: 'crm' }, note('crm')),
      on('contact.*', { name: 'mail' }, note('mail')),
    ],
  })
  await local.deliver(notification(1n))
  await local.settled()
  isBroken = false
  // Within five minutes, the queue takes no other message of the event's own deduplication id.
  await local.deliver(notification(1n))
  await local.settled()
  expect(seen.splice(0)).toHaveLength(2)

  const how: Replay = { id: 'r1', handlers: 'failed', force: false }
  expect(await replay(1n, how)).toBe('sent')
  expect(seen.splice(0)).toEqual([['mail', { attempt: 1, replay: 'r1', late: false }, 'E.mail.r1']])
  const event = await stored(1n)
  expect(event).toMatchObject({
    ...{ status: 'handled', attempts: 2, text: notification(1n) },
    handlers: { crm: { outcome: 'handled' }, mail: { outcome: 'handled' } },
    replays: [{ id: 'r1', outcome: 'handled' }],
  })
  expect(event.reason).toBeUndefined()

  // The same again is known by the table; a replay of a replay runs, for whom it says.
  expect(await replay(1n, how)).toBe('already-replayed')
  expect(await replay(1n, { ...how, id: 'r2' })).toBe('sent')
  expect(seen.splice(0)).toEqual([])
  expect(await replay(1n, { ...how, id: 'r3', handlers: 'all' })).toBe('sent')
  expect(
    seen
      .splice(0)
      .map(([name, , key]) => `${name} ${key}`)
      .sort(),
  ).toEqual(['crm E.crm.r3', 'mail E.mail.r3'])
  expect(outcomes()).toEqual([
    ...[
      ['dead-lettered', undefined],
      ['handled', 'r1'],
      ['duplicate', 'r2'],
      ['handled', 'r3'],
    ],
  ])
})

it('takes a second message of a replay that is through for a duplicate', async (context) => {
  const seen: string[] = []
  const { local, deps, replay, stored, outcomes } = await world(context, {
    handlers: [on('*', { name: 'crm' }, ({ replay }) => void seen.push(replay ?? 'delivered'))],
  })
  await local.deliver(notification(1n))
  await local.settled()
  const how: Replay = { id: 'r1', handlers: ['crm'], force: false }
  await replay(1n, how)
  await replay(1n, { ...how, id: 'r2' })
  const event = await stored(1n)
  const { body, attributes } = replayMessage({ ...event, text: event.text ?? '' }, how)
  const copy = {
    ...{ QueueUrl: deps.queueUrl, MessageBody: body, MessageAttributes: sqsAttributes(attributes) },
    ...{ MessageGroupId: messageGroupId(event.resourceKey), MessageDeduplicationId: 'a copy' },
  }
  await deps.sqs.send(new SendMessageCommand(copy))
  await local.settled()
  expect(seen).toEqual(['delivered', 'r1', 'r2'])
  expect(outcomes().at(-1)).toEqual(['duplicate', undefined])
})

it('keeps to the order unless forced, and does not take an earlier success away', async (context) => {
  const seen: [string, bigint, boolean][] = []
  const note = (name: string) => (event: SmokeballEvent) =>
    void seen.push([name, event.ticks - start, event.late])
  const { local, replay, stored, outcomes } = await world(context, {
    handlers: [
      on('contact.*', { name: 'newest' }, note('newest')),
      on('contact.*', { name: 'each', order: 'every' }, note('each')),
    ],
  })
  for (const version of [2n, 5n, 1n]) {
    await local.deliver(notification(version))
    await local.settled()
  }
  expect((await stored(1n)).handlers).toMatchObject({
    newest: { outcome: 'superseded' },
    each: { outcome: 'handled' },
  })
  seen.splice(0)

  for (const version of [1n, 2n]) await replay(version, { id: 'r1', handlers: ['newest'], force: false })
  expect(seen).toEqual([])
  expect(outcomes().slice(-2)).toEqual([
    ['superseded', 'r1'],
    ['superseded', 'r1'],
  ])
  expect(await stored(2n)).toMatchObject({
    ...{ status: 'handled', handlers: { newest: { outcome: 'handled' } } },
    replays: [{ id: 'r1', outcome: 'superseded' }],
  })
  await replay(1n, { id: 'r2', handlers: 'all', force: false })
  expect(seen.splice(0)).toEqual([['each', 1n, true]])
  await replay(1n, { id: 'r3', handlers: ['newest'], force: true })
  expect(seen.splice(0)).toEqual([['newest', 1n, true]])
  // Replaying did not move what counts as newest.
  await replay(5n, { id: 'r4', handlers: ['newest'], force: false })
  expect(seen.splice(0)).toEqual([['newest', 5n, false]])
})

it('gives stored history to a handler that was added later', async (context) => {
  const data = await mkdtemp(join(tmpdir(), 'smokeball-replay-'))
  context.onTestFinished(() => rm(data, { recursive: true }))
  const before = await startLocal({ handlers: [], data })
  for (const version of [1n, 2n]) await before.deliver(notification(version))
  await before.settled()
  await before.stop()

  const seen: bigint[] = []
  const handlers = [
    on('contact.*', { name: 'new', order: 'every' }, ({ ticks }) => void seen.push(ticks - start)),
  ]
  const { replay, stored } = await world(context, { handlers, data })
  expect(await stored(1n)).toMatchObject({ status: 'unhandled', handlers: {} })
  for (const version of [1n, 2n]) await replay(version, { id: 'r1', handlers: ['new'], force: false })
  expect(seen).toEqual([1n, 2n])
  expect(await stored(1n)).toMatchObject({ status: 'handled', handlers: { new: { outcome: 'handled' } } })
})

it('handles a body that no message holds, and again by a replay', async (context) => {
  const seen: number[] = []
  const handlers = [
    on(
      'contact.*',
      { name: 'crm' },
      ({ payload }) => void seen.push(String((payload as { x: string }).x).length),
    ),
  ]
  const { local, replay, stored } = await world(context, { handlers })
  const x = randomBytes(1_500_000).toString('base64')
  const large = notification(7n).replace('"payload":{', `"payload":{"x":"${x}",`)
  expect((await local.deliver(large)).status).toBe(200)
  await local.settled()
  expect(await stored(7n)).toMatchObject({ status: 'handled' })
  await replay(7n, { id: 'r1', handlers: 'all', force: true })
  expect(seen).toEqual([x.length, x.length])
}, 60_000)

it('tries a handler again under its replay, and leaves what others gave up as it was', async (context) => {
  const keys: string[] = []
  let failing = 1
  const { local, replay, stored, outcomes } = await world(context, {
    maxAttempts: 2,
    handlers: [
      on('contact.*', { name: 'gone' }, () => {
        throw new PermanentFailure('no such client')
      }),
      on('contact.*', { name: 'flaky' }, ({ id, attempt }, { idempotencyKey }) => {
        keys.push(`${attempt} ${idempotencyKey.replace(id, 'E')}`)
        if (keys.length > 1 && failing-- > 0) throw new Error('busy')
      }),
    ],
  })
  await local.deliver(notification(1n))
  await local.settled()
  expect(await takeAll(local.sqs, local.deadLetterQueueUrl)).toHaveLength(1)
  await replay(1n, { id: 'r1', handlers: ['flaky'], force: false })
  expect(keys).toEqual(['1 E.flaky', '1 E.flaky.r1', '2 E.flaky.r1'])
  expect(outcomes().slice(-2)).toEqual([
    ['failed', 'r1'],
    ['handled', 'r1'],
  ])
  expect(await stored(1n)).toMatchObject({
    ...{ status: 'dead-lettered', reason: expect.stringContaining('permanent failure of gone') },
    handlers: { gone: { outcome: 'permanent-failure' }, flaky: { outcome: 'handled', failures: 1 } },
    replays: [{ id: 'r1', outcome: 'handled' }],
  })
  // The letter from before would open the event no more: there is one that does.
  const [letter, ...more] = await takeAll(local.sqs, local.deadLetterQueueUrl)
  expect(more).toEqual([])
  expect(letter?.attributes).toMatchObject({
    replay: 'r1 order failed',
    givenUp: expect.stringMatching(/^[a-z-]+ \d{13}$/),
  })
}, 30_000)

it('dead-letters what fails in it, and a redrive of that runs all that gave up', async (context) => {
  let isBroken = true
  const runs: string[] = []
  const work =
    (name: string) =>
    ({ id }: SmokeballEvent, { idempotencyKey }: { idempotencyKey: string }) => {
      runs.push(idempotencyKey.replace(id, 'E'))
      if (isBroken) throw new PermanentFailure(`${name} is down`)
    }
  const { local, deps, replay, stored } = await world(context, {
    handlers: [on('contact.*', { name: 'a' }, work('a')), on('contact.*', { name: 'b' }, work('b'))],
  })
  await local.deliver(notification(1n))
  await local.settled()
  await replay(1n, { id: 'r1', handlers: ['a'], force: false })
  const letters = await takeAll(local.sqs, local.deadLetterQueueUrl)
  expect(letters.map(({ attributes }) => attributes.replay)).toEqual([undefined, 'r1 order failed'])
  isBroken = false
  runs.splice(0)
  const event = await stored(1n)
  for (const [index, { body, attributes }] of letters.entries()) {
    const redriven = {
      ...{
        QueueUrl: deps.queueUrl,
        MessageBody: body,
        MessageAttributes: sqsAttributes(attributes as never),
      },
      ...{ MessageGroupId: messageGroupId(event.resourceKey), MessageDeduplicationId: `redriven ${index}` },
    }
    await deps.sqs.send(new SendMessageCommand(redriven))
    await local.settled()
    // Each begins anew as what it was: a in the replay, b in its delivery.
    expect(runs.toSorted()).toEqual(index === 0 ? [] : ['E.a.r1', 'E.b'])
  }
  expect(await stored(1n)).toMatchObject({ status: 'handled', replays: [{ id: 'r1', outcome: 'handled' }] })
})

it('hands on what no replay writes as unreadable, and loses nothing', async (context) => {
  const { local, deps, stored } = await world(context, { handlers: [on('*', { name: 'crm' }, () => {})] })
  await local.deliver(notification(1n))
  await local.settled()
  const { resourceKey } = await stored(1n)
  const strange = {
    ...{
      QueueUrl: deps.queueUrl,
      MessageBody: notification(1n),
      MessageGroupId: messageGroupId(resourceKey),
    },
    ...{ MessageDeduplicationId: 'x', MessageAttributes: sqsAttributes({ replay: 'r1 maybe all' }) },
  }
  await deps.sqs.send(new SendMessageCommand(strange))
  await local.settled()
  const [letter] = await takeAll(local.sqs, local.deadLetterQueueUrl)
  expect(letter).toMatchObject({
    body: notification(1n),
    attributes: { reason: expect.stringContaining('replay') },
  })
})

/** Sends all dead letters back, as the command does. */
async function redrive({ local, deps }: World): Promise<number> {
  const { tableName, sqs, queueUrl } = deps
  const { deadLetterQueueUrl } = local
  const of = { sqs, dynamodb: deps.client, tableName, queueUrl, deadLetterQueueUrl, clock: systemClock }
  const { redriven } = await redriveDeadLetters(of, { which: () => true }, signal)
  await local.settled()
  return redriven
}

const refuse = () => {
  throw new PermanentFailure('no')
}

it('runs in a redrive whom it was for, and not handlers that never had the event', async (context) => {
  const data = await mkdtemp(join(tmpdir(), 'smokeball-replay-'))
  context.onTestFinished(() => rm(data, { recursive: true }))
  const before = await startLocal({ handlers: [], data })
  await before.deliver(notification(1n))
  await before.settled()
  await before.stop()

  const runs: string[] = []
  let isBroken = true
  const note = (name: string) => () => {
    runs.push(name)
    if (isBroken) refuse()
  }
  const handlers = [on('*', { name: 'crm' }, note('crm')), on('*', { name: 'mail' }, note('mail'))]
  const made = await world(context, { handlers, data })
  await made.replay(1n, { id: 'r1', handlers: ['crm'], force: false })
  expect(await made.stored(1n)).toMatchObject({ status: 'dead-lettered' })
  isBroken = false
  expect(await redrive(made)).toBe(1)
  expect(runs).toEqual(['crm', 'crm'])
  expect(await made.stored(1n)).toMatchObject({
    status: 'handled',
    handlers: { crm: { outcome: 'handled' } },
  })
})

it('leaves a dead letter open for renamed handlers that it is not for, whatever its own need', async (context) => {
  const data = await mkdtemp(join(tmpdir(), 'smokeball-replay-'))
  context.onTestFinished(() => rm(data, { recursive: true }))
  const handlers = [on('*', { name: 'a' }, refuse), on('*', { name: 'b' }, refuse)]
  const before = await startLocal({ handlers, data })
  await before.deliver(notification(1n))
  await before.settled()
  await before.stop()

  const runs: string[] = []
  const renamed = [
    on('*', { name: 'a2' }, ({ attempt }) => {
      runs.push('a2')
      if (attempt === 1) throw new Error('busy')
    }),
    on('*', { name: 'b2' }, () => void runs.push('b2')),
  ]
  const made = await world(context, { handlers: renamed, data, maxAttempts: 3 })
  await made.replay(1n, { id: 'r1', handlers: ['a2'], force: false })
  expect(runs.splice(0)).toEqual(['a2', 'a2'])
  expect(await made.stored(1n)).toMatchObject({
    status: 'dead-lettered',
    handlers: { b2: { outcome: 'gave-up' } },
  })
  // The letter of the first run is still there, and opens nothing: a later one came after it.
  expect(await redrive(made)).toBe(2)
  expect([runs, (await made.stored(1n)).status]).toEqual([['b2'], 'handled'])
}, 60_000)

it('leaves dropped what was dropped, and counts the attempts of its own handlers alone', async (context) => {
  let failing = 2
  const made = await world(context, {
    maxAttempts: 3,
    handlers: [
      on('*', { name: 'gone' }, refuse),
      on('*', { name: 'flaky' }, ({ replay }) => {
        if (replay && failing-- > 0) throw new Error('busy')
      }),
    ],
  })
  const { local, deps, replay, stored } = made
  await local.deliver(notification(1n))
  await local.settled()
  const { tableName, sqs, queueUrl } = deps
  const { deadLetterQueueUrl } = local
  const of = { sqs, dynamodb: deps.client, tableName, queueUrl, deadLetterQueueUrl, clock: systemClock }
  await dropDeadLetters(of, { which: () => true, reason: 'the client left' }, signal)
  await replay(1n, { id: 'r1', handlers: ['flaky'], force: false })
  expect(await stored(1n)).toMatchObject({
    ...{ status: 'dropped', dropped: { reason: 'the client left' } },
    ...{ handlers: { flaky: { outcome: 'handled' } }, replays: [{ id: 'r1', outcome: 'handled' }] },
  })
  expect(await takeAll(local.sqs, deadLetterQueueUrl)).toEqual([])
  const attempts = local.lines.flatMap(({ message }) =>
    typeof message === 'object' && message.replay === 'r1' ? [[message.event, message.attempt]] : [],
  )
  expect(attempts).toEqual([
    ['failed', undefined],
    ['failed', 2],
    ['handled', 4],
  ])
}, 60_000)

it('knows an event of your own by its record, when its RequestId tells it no more', async (context) => {
  let isOurs = true
  const runs: string[] = []
  const { local, replay, stored } = await world(context, {
    handlers: [on('*', { name: 'crm' }, ({ replay }) => void runs.push(replay ?? 'delivered'))],
    isOwn: () => isOurs,
  })
  await local.deliver(notification(1n))
  await local.settled()
  expect(await stored(1n)).toMatchObject({ status: 'own' })
  isOurs = false
  await replay(1n, { id: 'r1', handlers: 'all', force: true })
  expect(runs).toEqual([])
  expect(await stored(1n)).toMatchObject({ status: 'own', replays: [{ outcome: 'own' }] })
})

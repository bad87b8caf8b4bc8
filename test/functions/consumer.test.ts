import { randomBytes } from 'node:crypto'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { gzipSync } from 'node:zlib'
import { type ChangeMessageVisibilityCommandInput, SQSClient } from '@aws-sdk/client-sqs'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { on, PermanentFailure, RetryAfter, type SmokeballEvent } from '#webhooks'
import { keptRequestId } from '../../shared/event/event-identity.ts'
import { parseLossless } from '../../shared/event/lossless-json.ts'
import { readBody } from '../../shared/ledger/event-body.ts'
import { knownOfBody } from '../../shared/ledger/event-item.ts'
import { newRequestId } from '../../shared/signing/request-id.ts'
import { apiSecretId, lambdaContext, shortenWaits } from './cold-start.ts'
import {
  accountId,
  broughtBack,
  comeBack,
  consume,
  deadLetters,
  delayedAfter,
  engines,
  events,
  type Given,
  items,
  later,
  lines,
  message,
  noting,
  outcomes,
  received,
  record,
  redriven,
  replayed,
  type SqsRecord,
  start,
  statuses,
} from './consumer-world.ts'

describe('consumer', () => {
  it('gives a handler the whole event', async () => {
    const handler = noting('contact.updated', { name: 'h' })
    const payload = '{"id":"c","lastUpdated":639170697123456789,"person":{"name":"Ä"}}'
    await consume(await start([handler]), message({ payload, ticks: 639170696424691361n, requestId: 'a b' }))
    expect(handler.seen).toEqual([
      {
        type: 'contact.updated',
        accountId,
        userId: undefined,
        subscriptionId: 's',
        source: 'API',
        requestId: 'a b',
        resource: { kind: 'contact', id: 'c' },
        payload: { id: 'c', lastUpdated: 639170697123456789n, person: { name: 'Ä' } },
        payloadText: payload,
        ticks: 639170696424691361n,
        occurredAt: new Date('2026-06-14T21:34:02.469Z'),
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        late: false,
        own: false,
        recovered: false,
        attempt: 1,
        fence: expect.toSatisfy((fence) => Math.abs(Date.now() - fence) < 60_000),
        receivedAt: expect.any(Date),
      },
    ])
    expect(JSON.stringify(handler.seen[0]?.payload)).toBe(payload)
    expect(outcomes()).toEqual(['handled'])
  })

  it('handles an event once, however often and through whichever subscription it comes', async () => {
    const handler = noting('*', { name: 'h', order: 'every' })
    const consumer = await start([handler])
    await consume(consumer, message())
    const kept = await consume(
      consumer,
      message(),
      message({ subscription: 'other' }),
      message({ requestId: 'other' }),
    )
    expect(kept).toEqual([false, false, false])
    expect(handler.seen).toHaveLength(1)
    expect(outcomes()).toEqual(['handled', 'duplicate', 'duplicate', 'duplicate'])
  })

  it('handles two events of one API request, and timestamps that differ in the last digit in order', async () => {
    const handler = noting('*', { name: 'h' })
    const consumer = await start([handler])
    await consume(consumer, message({ ticks: 639170696424691362n }))
    await consume(
      consumer,
      message({ ticks: 639170696424691361n }),
      message({ type: 'contact.deleted', ticks: 639170696424691363n }),
    )
    expect(handler.seen.map(({ ticks }) => ticks)).toEqual([639170696424691362n, 639170696424691363n])
    expect(outcomes()).toEqual(['handled', 'superseded', 'handled'])
  })

  it('decides for each handler whether an event is late', async () => {
    const created = noting('contact.created', { name: 'created' })
    const latest = noting('contact.*', { name: 'latest' })
    const every = noting('contact.*', { name: 'every', order: 'every' })
    const consumer = await start([created, latest, every])
    await consume(consumer, message({ type: 'contact.updated', ticks: 20 }))
    await consume(consumer, message({ type: 'contact.created', ticks: 10 }))
    expect(created.seen).toMatchObject([{ ticks: 10n, late: false }])
    expect(latest.ticks()).toEqual([20])
    expect(every.seen).toMatchObject([
      { ticks: 20n, late: false },
      { ticks: 10n, late: true },
    ])
    expect(await statuses()).toEqual(['handled', 'handled'])
  })

  it('keeps an older event from a handler after a newer one, even when the older one is a retry', async () => {
    const failures = new Set([10n])
    const handler = noting('contact.updated', { name: 'h' }, ({ ticks }) => {
      if (failures.delete(ticks)) throw new Error('not now')
    })
    const consumer = await start([handler])
    expect(await consume(consumer, message({ ticks: 10 }))).toEqual([false])
    await consume(consumer, message({ ticks: 20 }))
    expect(await comeBack(consumer, 10_000)).toEqual([false])
    expect(handler.ticks()).toEqual([10, 20])
    expect(await statuses()).toEqual(['superseded', 'handled'])
  })

  it('does not let a poison event drag those behind it along', async () => {
    const handler = noting('contact.updated', { name: 'h', order: 'every' }, ({ ticks }) => {
      if (ticks === 1n) throw new Error('poison')
    })
    const kept = await consume(
      await start([handler]),
      message({ ticks: 1 }),
      message({ ticks: 2 }),
      message({ ticks: 3 }),
      message({ ticks: 1, id: 'other' }),
    )
    expect(kept).toEqual([false, false, false, false])
    expect(handler.ticks()).toEqual([1, 1, 2, 3])
    expect(await statuses()).toEqual(['failed', 'handled', 'handled'])
  })

  it('runs only the handler that failed again', async () => {
    let broken = true
    const good = noting('*', { name: 'good' })
    const bad = noting('*', { name: 'bad' }, () => {
      if (broken) throw new Error('broken')
    })
    const consumer = await start([good, bad])
    expect(await consume(consumer, message())).toEqual([false])
    broken = false
    expect(await comeBack(consumer, 10_000)).toEqual([false])
    expect([good.seen.length, bad.seen.length]).toEqual([1, 2])
    expect(bad.seen.map(({ attempt }) => attempt)).toEqual([1, 2])
    const [event] = await events()
    expect(event?.handlers?.M).toMatchObject({
      good: { M: { o: { S: 'handled' } } },
      bad: { M: { o: { S: 'handled' }, f: { N: '1' } } },
    })
  })

  it('does not run a handler before its back-off is over, though another copy comes', async () => {
    const handler = noting('*', { name: 'h' }, () => {
      throw new RetryAfter({ minutes: 5 })
    })
    const consumer = await start([handler])
    expect(await consume(consumer, message(), message())).toEqual([false, false])
    expect(handler.seen).toHaveLength(1)
    expect(outcomes()).toEqual(['retry-after', 'waiting'])
  })

  it('records what nobody subscribes to', async () => {
    await consume(await start([noting('matter.*', { name: 'h' })]), message())
    expect(await statuses()).toEqual(['unhandled'])
    expect(outcomes()).toEqual(['unhandled'])
  })

  it.each([
    ['matter', 'matter.updated', 'matter'],
    ['matter.', 'matter.updated', 'matter'],
    ['matter.lease', 'matter.ttl', 'matter'],
    ['matter.fence', 'matter.sk', 'matter'],
    [`matter.${'x'.repeat(3000)}`, `matter.${'y'.repeat(3000)}`, 'matter'],
    ['matter.😀|', 'matter.\u0000', 'matter'],
  ])('keeps the order of types like %.20s', async (type, other, kind) => {
    const handler = noting([type], { name: 'h' })
    const consumer = await start([{ ...handler, types: [type] }])
    for (const [each, ticks] of [
      [type, 2],
      [other, 5],
      [type, 1],
      [type, 3],
    ] as const)
      await consume(consumer, message({ type: each, ticks }))
    expect(handler.ticks()).toEqual([2, 3])
    expect(await events(`${accountId}|${kind}|c`)).toHaveLength(4)
  })

  it.each([' ', 'a|b c', '😀', '\ud800', 'x'.repeat(3000), '../ledger', 'MyFirm', '8aca3574_IL'])(
    'takes the id %j',
    async (id) => {
      const handler = noting('*', { name: 'h' })
      const consumer = await start([handler])
      await consume(
        consumer,
        message({ id, ticks: 2 }),
        message({ id, ticks: 1 }),
        message({ id: `${id}x`, ticks: 1 }),
      )
      expect(handler.seen.map((event) => [event.resource.id, Number(event.ticks)])).toEqual(
        [
          [id, 2],
          [`${id}x`, 1],
        ].toSorted(byHandling(handler.seen)),
      )
    },
  )

  it.each([
    ['as it comes', {}],
    // An earlier release queued it as it was.
    ['whole', { requestId: { stringValue: 'r'.repeat(2_100), dataType: 'String' } }],
  ])('handles an error whose RequestId has 2,100 characters, queued %s', async (_, attributes) => {
    const handler = noting('error', { name: 'h' })
    const sent = message({ type: 'error', requestId: 'r'.repeat(2_100) })
    const consumer = await start([handler])
    expect(
      await consume(consumer, { ...sent, messageAttributes: { ...sent.messageAttributes, ...attributes } }),
    ).toEqual([false])
    expect(handler.seen.map(({ requestId }) => requestId)).toEqual([keptRequestId('r'.repeat(2_100))])
  })

  it('logs and keeps no more of an event than a line, or an item, has room for', async () => {
    const long = '\ud800'.repeat(20_000)
    const handler = on('*', { name: 'h' }, ({ type, resource }, { log }) => {
      log.info('seen')
      throw new Error(`${type}\n    at ${resource.id}`, { cause: new Error(resource.id) })
    })
    await consume(await start([handler]), message({ type: `matter.${long}`, id: long }))
    const sizes = lines.map((line) => Buffer.byteLength(JSON.stringify(line)))
    expect(lines.map(({ message, failure, event }) => message ?? failure ?? event)).toEqual([
      ...['seen', 'h', 'failed'],
    ])
    // 4,096 characters, each of which JSON may write as six.
    expect(Math.max(...sizes)).toBeLessThan(6 * 4_096 + 1_000)
    expect(sizes[0]).toBeLessThan(1_500)
    for (const item of await items()) expect(Buffer.byteLength(JSON.stringify(item))).toBeLessThan(10_000)
  })

  it('handles errors and noops each for itself, whatever the order', async () => {
    const handler = noting(['error', 'noop'], { name: 'h', order: 'latest' })
    const consumer = await start([handler])
    for (const ticks of [3, 2, 1]) {
      await consume(
        consumer,
        message({ type: 'error', ticks, payload: '{"resourceId":"c"}' }),
        message({ type: 'noop', ticks, payload: 'null' }),
      )
    }
    expect(handler.seen).toHaveLength(6)
    expect(handler.seen.every(({ late }) => !late)).toBe(true)
  })

  it('keeps a body that does not fit an item in parts, and gives it whole', async () => {
    const big = randomBytes(500_000).toString('base64')
    const handler = noting('*', { name: 'h' })
    await consume(await start([handler]), message({ payload: `{"id":"c","x":"${big}"}` }))
    expect(handler.seen[0]?.payload).toEqual({ id: 'c', x: big })
    const stored = await items()
    expect(stored.filter(({ sk }) => sk?.S?.startsWith('body#')).length).toBeGreaterThan(1)
    expect((await events())[0]?.parts?.N).toBe(
      String(stored.filter(({ sk }) => sk?.S?.startsWith('body#')).length),
    )
  })
})

describe('failures', () => {
  it('dead-letters a permanent failure with its reason once no other handler will run', async () => {
    let wait = true
    const never = noting('*', { name: 'never' }, () => {
      throw new PermanentFailure('no such matter type')
    })
    const slow = noting('*', { name: 'slow' }, () => {
      if (wait) throw new RetryAfter({ seconds: 1 })
    })
    const consumer = await start([never, slow])
    expect(await consume(consumer, message())).toEqual([false])
    expect(await deadLetters()).toEqual([])
    wait = false
    expect(await comeBack(consumer, 2_000)).toEqual([false])
    expect([never.seen.length, slow.seen.length]).toEqual([1, 2])
    const [letter] = await deadLetters()
    expect(letter?.attributes).toMatchObject({
      reason: 'permanent failure of never: PermanentFailure: no such matter type',
      resource: `${accountId}|contact|c`,
    })
    expect(await statuses()).toEqual(['dead-lettered'])
    expect(outcomes()).toEqual(['failed', 'dead-lettered'])
  })

  it('gives up after its attempts, and runs again when it is redriven', async () => {
    let broken = true
    const handler = noting('*', { name: 'h' }, () => {
      if (broken) throw new Error('the CRM is down')
    })
    const consumer = await start([handler])
    const sent = message()
    expect(await consume(consumer, sent)).toEqual([false])
    for (const _ of [2, 3]) expect(await comeBack(consumer, 600_000)).toEqual([false])
    const [letter] = await deadLetters()
    expect(letter?.body).toBe(sent.body)
    expect(letter?.attributes.reason).toBe(
      'attempts of h spent (3 failed, 0 put off): Error: the CRM is down',
    )
    broken = false
    // One more copy of it does not open it again: its copies would go round for ever.
    expect(await consume(consumer, message())).toEqual([false])
    expect(handler.seen).toHaveLength(3)
    await consume(consumer, redriven(letter))
    expect(handler.seen).toHaveLength(4)
    expect(await statuses()).toEqual(['handled'])
    await consume(consumer, redriven(letter))
    expect(handler.seen).toHaveLength(4)
  })

  it('lets RetryAfter have its own limit', async () => {
    const handler = noting('*', { name: 'h' }, () => {
      throw new RetryAfter({ seconds: 1 })
    })
    const consumer = await start([handler])
    await consume(consumer, message())
    for (let wait = 2; wait <= 21; wait++) expect(await comeBack(consumer, 2_000)).toEqual([false])
    expect(handler.seen).toHaveLength(21)
    expect((await deadLetters())[0]?.attributes.reason).toMatch(/0 failed, 21 put off/)
  })

  it('logs what asks to be run again with its reason, as no failure and without a stack', async () => {
    const handler = noting('*', { name: 'h' }, () => {
      throw Object.assign(new RetryAfter({ minutes: 5 }, 'the CRM is busy'), { cause: new Error('refused') })
    })
    const other = noting('*', { name: 'other' }, ({ attempt }) => {
      if (attempt === 1) throw new Error('no')
    })
    await consume(await start([handler]), message())
    const told = lines.filter((line) => 'retryAfter' in line || 'failure' in line)
    expect(told).toEqual([
      {
        ...{ sb: 1, retryAfter: 'h', resource: expect.any(String), id: expect.any(String) },
        ...{ seconds: 300, why: expect.stringMatching(/^RetryAfter: the CRM is busy\n.*Error: refused/) },
      },
    ])
    expect((await events())[0]?.errors?.M?.h?.S).toMatch(/^RetryAfter: the CRM is busy\n.*Error: refused/)
    expect(outcomes()).toEqual(['retry-after'])
    // Beside one that failed, the event has failed.
    await consume(await start([handler, other]), message({ ticks: 2, id: 'd' }))
    expect(outcomes()).toEqual(['retry-after', 'failed'])
  })

  it('logs a failure whole, with its cause and the line in the source', async () => {
    const handler = noting('*', { name: 'h' }, () => {
      throw new Error('outer', { cause: new TypeError('inner') })
    })
    await consume(await start([handler]), message())
    const failure = lines.find((line) => 'failure' in line)
    expect(failure).toMatchObject({
      failure: 'h',
      error: expect.stringMatching(/^Error: outer\n.*consumer\.test\.ts[\s\S]*caused by TypeError: inner/),
    })
    expect((await events())[0]?.errors?.M?.h?.S).toBe(failure?.error)
  })

  it.each([['text'], [undefined], [null], [{ code: 7 }], [Object.create(null)]])(
    'survives a handler that throws %j',
    async (thrown) => {
      const handler = noting('*', { name: 'h' }, () => {
        throw thrown
      })
      expect(await consume(await start([handler]), message())).toEqual([false])
      expect(await statuses()).toEqual(['failed'])
    },
  )

  it('signals a handler before the time limit, and records one that runs on', async () => {
    let reason: unknown
    const obedient = on('*', { name: 'obedient' }, async (_event, { signal }) => {
      const { promise, reject } = Promise.withResolvers<never>()
      signal.addEventListener('abort', () => {
        reason = signal.reason
        reject(reason)
      })
      await promise
    })
    const stubborn = on('*', { name: 'stubborn' }, () => new Promise(() => {}))
    const consumer = await start([obedient, stubborn])
    const [first, second] = [message(), message({ ticks: 2 })]
    const { batchItemFailures } = await consumer({ Records: [first, second] }, lambdaContext(3_000))
    // The second was not begun.
    expect(batchItemFailures).toEqual([{ itemIdentifier: second.messageId }])
    expect(reason).toMatchObject({ name: 'TimeLimit' })
    const [event, ...others] = await events()
    expect(others).toEqual([])
    const handlers = event?.handlers?.M
    expect([handlers?.obedient?.M?.o?.S, handlers?.stubborn?.M?.o?.S]).toEqual(['timed-out', 'timed-out'])
  })

  it('dead-letters what it cannot read', async () => {
    const consumer = await start([])
    const broken = record(Buffer.from('{"no":"notification"}'), 'g')
    const gzip = (body: string) => {
      const plain = message()
      const encoding = { stringValue: 'gzip', dataType: 'String' }
      return { ...plain, body, messageAttributes: { ...plain.messageAttributes, encoding } }
    }
    const bomb = gzipSync(Buffer.alloc(11 * 1024 * 1024, ' ')).toString('base64')
    const deep = record(Buffer.from(`{"x":${'['.repeat(100)}`), 'g')
    expect(await consume(consumer, broken, gzip('bm8='), gzip(bomb), deep)).toEqual(Array(4).fill(false))
    const reasons = (await deadLetters()).map(({ attributes }) => attributes.reason)
    expect(reasons.sort()).toEqual([
      'It unpacks to more than 10 MiB.',
      'Its body is not gzip.',
      'Not a Smokeball notification: `accountId` is missing or not a string.',
      'Not a Smokeball notification: nested deeper than 100 levels.',
    ])
  })

  it('dead-letters as crashed, unrun, what killed four invocations', async () => {
    const handler = noting('*', { name: 'h' })
    await dieOf(message(), 'h')
    expect(await consume(await start([handler]), message())).toEqual([false])
    expect(handler.seen).toEqual([])
    expect((await deadLetters())[0]?.attributes.reason).toMatch(/^crashed/)
    expect(await statuses()).toEqual(['dead-lettered'])
  })

  it('keeps what crashed open when a replay for another handler has run, even in two attempts', async () => {
    await dieOf(message(), 'h')
    const crashed = noting('*', { name: 'h' })
    const other = noting('*', { name: 'other' }, ({ attempt }) => {
      if (attempt === 1) throw new Error('busy')
    })
    const consumer = await start([crashed, other])
    expect(await consume(consumer, message())).toEqual([false])
    expect((await events())[0]?.handlers?.M?.h?.M?.o?.S).toBe('gave-up')
    const [first] = await deadLetters()

    expect(await consume(consumer, replayed(message(), 'r1 order =other'))).toEqual([false])
    expect(await comeBack(consumer, 60_000)).toEqual([false])
    expect(await statuses()).toEqual(['dead-lettered'])
    const [letter] = await deadLetters()
    expect(letter?.attributes).toMatchObject({
      replay: 'r1 order failed',
      reason: expect.stringContaining('h was given up: crashed'),
    })
    await consume(consumer, redriven(first))
    expect(crashed.seen).toEqual([])
    await consume(consumer, redriven(letter))
    expect(crashed.seen).toHaveLength(1)
    expect(other.seen).toHaveLength(2)
    expect(await statuses()).toEqual(['handled'])
  })

  it('records nothing of a handler that was added after the retry that crashed', async () => {
    const busy = noting('*', { name: 'a' }, () => {
      throw new Error('busy')
    })
    const first = await start([busy])
    await consume(first, message())
    await consume(first, ...(await delayedAfter(60_000)))
    const [retry] = await broughtBack()
    if (!retry) throw new Error('The event did not come back.')
    await dieOf(retry, 'a')
    const added = noting('*', { name: 'b' })
    expect(await consume(await start([busy, added]), retry)).toEqual([false])
    expect(await handlerOutcomes()).toEqual({ a: 'gave-up' })
    expect(await statuses()).toEqual(['dead-lettered'])
    expect(added.seen).toEqual([])
  })

  it('records who else a letter without records is open for, when a replay of it crashes', async () => {
    await dieOf(message(), 'gone')
    await consume(await start([noting('task.created', { name: 'other' })]), message())
    expect(await handlerOutcomes()).toEqual({})
    expect(await statuses()).toEqual(['dead-lettered'])

    const replay = replayed(message(), 'r1 order =a')
    await dieOf(replay, 'a', noting('*', { name: 'b' }))
    await consume(await start([noting('*', { name: 'a' }), noting('*', { name: 'b' })]), replay)
    expect(await handlerOutcomes()).toEqual({ a: 'gave-up', b: 'gave-up' })
    expect((await events())[0]?.handlers?.M?.b?.M).not.toHaveProperty('r')
    expect(await statuses()).toEqual(['dead-lettered'])
  })

  it('keeps a forced run forced, whatever message brings it back', async () => {
    const latest = noting('*', { name: 'latest' }, ({ late, attempt }) => {
      if (late && attempt === 1) throw new Error('busy')
    })
    const each = noting('*', { name: 'each', order: 'every' }, ({ late, attempt }) => {
      if (late && attempt === 1) throw new RetryAfter({ minutes: 10 })
    })
    const consumer = await start([latest, each])
    await consume(consumer, message({ ticks: 2 }))
    expect(await consume(consumer, message())).toEqual([false])
    expect(await consume(consumer, replayed(message(), 'r1 force =latest'))).toEqual([false])
    expect(await comeBack(consumer, 10_000)).toEqual([false])
    // The message that waited for the other handler before the replay is a second one now, and runs nothing.
    expect(await comeBack(consumer, 700_000)).toEqual([false, false])
    expect(outcomes().slice(-2).toSorted()).toEqual(['duplicate', 'handled'])
    expect(latest.seen.slice(1)).toMatchObject([
      { ticks: 1n, late: true, attempt: 1, replay: 'r1' },
      { ticks: 1n, late: true, attempt: 2, replay: 'r1' },
    ])
    expect(await statuses()).toEqual(['handled', 'handled'])
  })

  it('leaves an event alone that another invocation holds', async () => {
    const holding = await start([on('*', { name: 'h' }, () => new Promise(() => {}))])
    void holding({ Records: [message()] }, lambdaContext(600_000))
    await vi.waitFor(async () => expect(await items()).toHaveLength(1))
    const handler = noting('*', { name: 'h' })
    expect(await consume(await start([handler]), message())).toEqual([true])
    expect(handler.seen).toEqual([])
    expect(outcomes()).toEqual(['busy'])
  })

  // `silent-service.proof.ts` waits for as long as a Lambda does.
  it('keeps a message when DynamoDB is silent, and says so', async (context) => {
    shortenWaits(context)
    const silent: Server = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const handler = noting('*', { name: 'h' })
    const consumer = await start([handler], {
      AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
    })
    expect(await consume(consumer, message())).toEqual([true])
    expect(handler.seen).toEqual([])
    expect(lines).toContainEqual(
      expect.objectContaining({ failure: 'consumer', error: expect.stringMatching(/Timeout/i) }),
    )
    expect(outcomes()).toEqual(['error'])
    silent.close()
  })

  it('keeps an event whose outcome cannot be recorded', async () => {
    const consumer = await start([noting('*', { name: 'h' })], { TABLE_NAME: 'gone' })
    expect(await consume(consumer, message())).toEqual([true])
    expect(outcomes()).toEqual(['error'])
  })

  it('keeps an event that the dead-letter queue does not take, and sends it there later without another run', async () => {
    const handler = noting('*', { name: 'h' }, () => {
      throw new PermanentFailure('no')
    })
    const withoutQueue = await start([handler], { DEAD_LETTER_QUEUE_URL: `${engines.queueUrl}-gone` })
    expect(await consume(withoutQueue, message())).toEqual([true])
    expect(await statuses()).toEqual(['failed'])
    expect(await consume(await start([handler]), message())).toEqual([false])
    expect(await statuses()).toEqual(['dead-lettered'])
    expect(await deadLetters()).toHaveLength(1)
    expect(handler.seen).toHaveLength(1)
  })
})

describe('visibility', () => {
  /** Seconds that a message was hidden for, by its receipt handle. */
  let hidden: Record<string, number | undefined>
  beforeEach(() => {
    hidden = {}
    vi.spyOn(SQSClient.prototype, 'send').mockImplementation(async ({ input }: { input: object }) => {
      const change = input as ChangeMessageVisibilityCommandInput
      if (change.ReceiptHandle !== undefined) hidden[change.ReceiptHandle] = change.VisibilityTimeout
    })
  })
  const as = (receiptHandle: string, given: Given = {}) => ({ ...message(given), receiptHandle })

  it('lasts as long as the lease of an event that another holds', async () => {
    const holding = await start([on('*', { name: 'h' }, () => new Promise(() => {}))])
    void holding({ Records: [message()] }, lambdaContext(100_000))
    await vi.waitFor(async () => expect(await items()).toHaveLength(1))
    await consume(await start([]), as('busy'))
    expect(hidden.busy).toBeGreaterThan(100)
    expect(hidden.busy).toBeLessThanOrEqual(105)
  })

  it('is none for what was not started, and what was not started did not fail', async () => {
    const slow = on(
      '*',
      { name: 'slow', order: 'every' },
      () => new Promise((resolve) => setTimeout(resolve, 700)),
    )
    const consumer = await start([slow])
    const records = [as('run', { ticks: 1 }), as('left', { ticks: 2 }), as('left too', { ticks: 3 })]
    const { batchItemFailures } = await consumer({ Records: records }, lambdaContext(1_600))
    expect(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(
      records.slice(1).map(({ messageId }) => messageId),
    )
    expect(hidden).toEqual({ left: 0, 'left too': 0 })
    expect(await statuses()).toEqual(['handled'])
  })

  it('backs off when the table fails, by the receives', async () => {
    await consume(await start([], { TABLE_NAME: 'gone' }), received(as('error'), 4))
    expect(hidden.error).toBeGreaterThanOrEqual(36)
    expect(hidden.error).toBeLessThanOrEqual(40)
  })

  it('that cannot be changed is said, and the message stays all the same', async () => {
    vi.mocked(SQSClient.prototype.send).mockImplementation(() => Promise.reject(new Error('no answer')))
    expect(await consume(await start([], { TABLE_NAME: 'gone' }), as('stays'))).toEqual([true])
    expect(lines).toContainEqual(expect.objectContaining({ warning: 'visibility not changed' }))
  })
})

describe('events of our own API writes', () => {
  const requestId = newRequestId('the key', randomBytes(8))
  const seen: unknown[] = []
  const skips = on('contact.*', { name: 'skips' }, ({ own }) => void seen.push(['skips', own]))
  const handles = on(
    'contact.*',
    { name: 'handles', own: 'handle' },
    ({ own }) => void seen.push(['handles', own]),
  )
  const failures = on('error', { name: 'failures' }, ({ own }) => void seen.push(['failures', own]))
  beforeEach(() => {
    seen.length = 0
    engines.secrets.set(apiSecretId, JSON.stringify({ requestIdKey: 'the key' }))
  })

  it('are skipped by the handlers that do not ask for them, and supersede nothing for those', async () => {
    const consumer = await start([skips])
    await consume(consumer, message({ ticks: 2, requestId }))
    expect((await events())[0]).toMatchObject({ status: { S: 'own' } })
    await consume(consumer, message({ ticks: 1 }))
    expect(seen).toEqual([['skips', false]])
  })

  it('are handled by those that ask for them, and supersede for those', async () => {
    const consumer = await start([skips, handles])
    await consume(consumer, message({ ticks: 2, requestId }))
    await consume(consumer, message({ ticks: 1 }))
    expect(seen).toEqual([
      ['handles', true],
      ['skips', false],
    ])
  })

  it('are always handled when they tell of an error', async () => {
    await consume(await start([failures]), message({ type: 'error', requestId }))
    expect(seen).toEqual([['failures', true]])
  })

  it('wait, with no attempt spent, while the key cannot be read', async () => {
    engines.secrets.delete(apiSecretId)
    const consumer = await start([skips])
    expect(await consume(consumer, message({ requestId }), message({ id: 'other' }))).toEqual([true, false])
    expect(lines).toContainEqual(expect.objectContaining({ event: 'error' }))
    expect(await items()).toEqual([])
  })
})

it('events of writes whose RequestIds the handlers file knows are own', async () => {
  const handler = noting('contact.updated', { name: 'h' })
  const consumer = await start([handler], {}, { isOwn: (requestId: string) => requestId === 'crm-7' })
  await consume(
    consumer,
    message({ ticks: 1, requestId: 'crm-7' }),
    message({ ticks: 2, requestId: 'crm-8' }),
  )
  expect(handler.ticks()).toEqual([2])
  expect(outcomes()).toEqual(['own', 'handled'])
})

describe('set-up', () => {
  it.each([
    [{ EVENT_RETENTION_DAYS: '29' }, /at least 30 days, not 29 \(eventRetentionDays\)/],
    [
      { EVENT_RETENTION_DAYS: 'x', MAX_ATTEMPTS: '0' },
      /MAX_ATTEMPTS, EVENT_RETENTION_DAYS to a positive number/,
    ],
    [{ LEDGER_RETENTION_DAYS: '30' }, /longer than events.*ledgerRetentionDays/],
    [{ TABLE_NAME: '', MAX_ATTEMPTS: '' }, /TABLE_NAME, MAX_ATTEMPTS/],
  ])('refuses %j', async (overrides, message) => {
    await expect(start([], overrides)).rejects.toThrow(message)
  })

  it('refuses handlers without a name', async () => {
    await expect(start([on('*', {} as never, () => {})])).rejects.toThrow(/has no name/)
  })
})

it("keeps lines of handled events within 200 bytes, and adds the ids to a handler's own", async () => {
  const handler = on('*', { name: 'h' }, (_event, { log }) =>
    log.warn('look', { amount: 639170697123456789n }),
  )
  await consume(await start([handler]), message())
  const own = lines.find(({ message }) => message === 'look')
  expect(own).toMatchObject({
    handler: 'h',
    type: 'contact.updated',
    fields: { amount: 639170697123456789n },
    id: expect.any(String),
  })
  expect(JSON.stringify(own)).toContain('639170697123456789')
  expect(Buffer.byteLength(JSON.stringify(lines.find((line) => 'event' in line)))).toBeLessThanOrEqual(200)
})

it('stores the body so that it comes back to the letter', async () => {
  const sent = message({ payload: '{ "id" : "c", "x": 1.0, "y":"\\u00e4" }' })
  await consume(await start([]), sent)
  const [event] = await events()
  expect(readBody([event?.body?.B ?? Buffer.of()], knownOfBody(event ?? {}, false))).toBe(sent.body)
  expect(parseLossless(sent.body)).toMatchObject({ accountId })
})

/** Groups run in parallel: which comes first is nobody's business. */
/** The handler of this name begins with the message in four invocations, and comes to an end in none. */
async function dieOf(deadly: SqsRecord, name: string, ...others: Parameters<typeof start>[0]): Promise<void> {
  const handler = noting('*', { name }, () => new Promise(() => {}))
  const dying = await start([handler, ...others])
  for (let death = 1; death <= 4; death++) {
    void dying({ Records: [deadly] }, lambdaContext(600_000))
    await vi.waitFor(() => expect(handler.seen).toHaveLength(death))
    later(700_000)
  }
}

/** What the event's record says of each handler. */
async function handlerOutcomes(): Promise<Record<string, string | undefined>> {
  const [event] = await events()
  return Object.fromEntries(Object.entries(event?.handlers?.M ?? {}).map(([name, { M }]) => [name, M?.o?.S]))
}

function byHandling(seen: readonly SmokeballEvent[]) {
  const place = (id: unknown) => seen.findIndex((event) => event.resource.id === id)
  return ([a]: (string | number)[], [b]: (string | number)[]) => place(a) - place(b)
}

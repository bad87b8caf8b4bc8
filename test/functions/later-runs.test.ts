import { randomUUID } from 'node:crypto'
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { type ChangeMessageVisibilityCommandInput, SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, it, vi } from 'vitest'
import { on, RetryAfter } from '#webhooks'
import { tableName } from '../../infra/operate/local-account.ts'
import { lambdaContext } from './cold-start.ts'
import {
  accountId,
  broughtBack,
  comeBack,
  consume,
  deadLetters,
  delayedAfter,
  dynamodb,
  engines,
  events,
  items,
  later,
  lines,
  message,
  noting,
  outcomes,
  record,
  replayed,
  start,
  statuses,
} from './consumer-world.ts'

/** Fails for the event with these ticks as long as `isDown`. */
function failingFor(ticks: bigint, options: Parameters<typeof on>[1]) {
  const state = { isDown: true }
  const handler = noting('*', options, (event) => {
    if (state.isDown && event.ticks === ticks) throw new Error('down')
  })
  return Object.assign(handler, { state })
}

describe('a handler that fails', () => {
  it('leaves the queue to what comes behind, and is run again once its time has come', async () => {
    const broken = failingFor(1n, { name: 'broken', order: 'every' })
    const works = noting('*', { name: 'works', order: 'every' })
    const consumer = await start([broken, works])
    const sent = [message({ ticks: 1 }), message({ ticks: 2 }), message({ ticks: 3 })]
    expect(await consume(consumer, ...sent)).toEqual([false, false, false])
    expect([broken.ticks(), works.ticks()]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
    broken.state.isDown = false
    expect(await delayedAfter(1_000)).toEqual([])
    expect(await comeBack(consumer, 5_000)).toEqual([false])
    expect([broken.ticks(), works.ticks()]).toEqual([
      [1, 2, 3, 1],
      [1, 2, 3],
    ])
    expect(await statuses()).toEqual(['handled', 'handled', 'handled'])
    expect(await delayedAfter(900_000)).toEqual([])
  })

  it('gets its event late for `every`, and is superseded for `latest`', async () => {
    const every = failingFor(1n, { name: 'every', order: 'every' })
    const latest = failingFor(1n, { name: 'latest' })
    const consumer = await start([every, latest])
    await consume(consumer, message({ ticks: 1 }), message({ ticks: 2 }))
    every.state.isDown = false
    latest.state.isDown = false
    // Each has a back-off of its own.
    for (const _ of [1, 2]) await comeBack(consumer, 10_000)
    expect([every.ticks(), latest.ticks()]).toEqual([
      [1, 2, 1],
      [1, 2],
    ])
    expect(every.seen.at(-1)).toMatchObject({ late: true, attempt: 2, requestId: 'r' })
    const [first] = await events()
    const handlers = first?.handlers?.M
    expect([handlers?.every?.M?.o?.S, handlers?.latest?.M?.o?.S]).toEqual(['handled', 'superseded'])
  })

  it('has a higher fence, and the same key, each time', async () => {
    const keys: string[] = []
    const handler = on('*', { name: 'h' }, (_event, { idempotencyKey }) => {
      keys.push(idempotencyKey)
      throw new Error('down')
    })
    const noted = noting('*', { name: 'noted' }, () => {
      throw new Error('down')
    })
    const consumer = await start([handler, noted])
    await consume(consumer, message())
    for (const _ of [1, 2]) await comeBack(consumer, 10_000)
    expect(keys.length).toBeGreaterThan(1)
    expect(new Set(keys).size).toBe(1)
    const [first = 0, second = 0] = noted.seen.map(({ fence }) => fence)
    expect(second).toBeGreaterThan(first)
  })

  it('is waited for by copies of its event, which run nothing before it is due', async () => {
    const handler = failingFor(1n, { name: 'h' })
    const consumer = await start([handler])
    await consume(consumer, message())
    const [before] = await events()
    expect(await consume(consumer, message(), message({ subscription: 'other' }))).toEqual([false, false])
    expect(outcomes()).toEqual(['failed', 'waiting', 'waiting'])
    expect(await events()).toEqual([before])
    later(10_000)
    await consume(consumer, message())
    expect(handler.seen).toHaveLength(2)
  })

  it('is run once though its delayed message comes twice', async () => {
    const handler = failingFor(1n, { name: 'h' })
    const consumer = await start([handler])
    await consume(consumer, message())
    handler.state.isDown = false
    const [delayed] = await delayedAfter(10_000)
    if (!delayed) throw new Error('Nothing was delayed.')
    await consume(consumer, delayed, { ...delayed, messageId: randomUUID() })
    const both = await broughtBack()
    expect(both).toHaveLength(2)
    expect(await consume(consumer, ...both)).toEqual([false, false])
    expect(handler.seen).toHaveLength(2)
    expect(outcomes()).toEqual(['failed', 'handled', 'duplicate'])
  })

  it('goes round for as long as SQS cannot delay it', async () => {
    const handler = noting('*', { name: 'h' }, ({ attempt }) => {
      if (attempt === 1) throw new RetryAfter({ minutes: 40 })
    })
    const consumer = await start([handler])
    await consume(consumer, message())
    expect(await comeBack(consumer, 901_000)).toEqual([])
    expect(await comeBack(consumer, 901_000)).toEqual([])
    expect(handler.seen).toHaveLength(1)
    expect(await comeBack(consumer, 601_000)).toEqual([false])
    expect(handler.seen).toHaveLength(2)
    expect(outcomes()).toEqual(['retry-after', 'handled'])
  })

  it('may ask for twelve hours, and no more', async () => {
    const consumer = await start([
      noting('*', { name: 'h' }, () => Promise.reject(new RetryAfter({ minutes: 10_000 }))),
    ])
    const startEpochMs = Date.now()
    await consume(consumer, message())
    const due = Number((await events())[0]?.later?.M?.d?.N)
    expect(due - startEpochMs).toBeGreaterThanOrEqual(43_200_000)
    expect(due - startEpochMs).toBeLessThan(43_230_000)
  })

  it('waits for the one that is due first, and runs no other before its time', async () => {
    const soon = noting('*', { name: 'soon' }, () => Promise.reject(new RetryAfter({ seconds: 30 })))
    const long = noting('*', { name: 'long' }, () => Promise.reject(new RetryAfter({ minutes: 5 })))
    const consumer = await start([long, soon])
    await consume(consumer, message())
    expect(await comeBack(consumer, 31_000)).toEqual([false])
    expect([soon.seen.length, long.seen.length]).toEqual([2, 1])
  })

  it('does not go round for a handler that is subscribed no more', async () => {
    const long = noting('*', { name: 'long' }, () => Promise.reject(new RetryAfter({ minutes: 720 })))
    const gone = noting('contact.updated', { name: 'gone' }, () => Promise.reject(new Error('down')))
    await consume(await start([long, gone]), message())
    const narrowed = await start([long, noting('matter.updated', { name: 'gone' })])
    expect(await comeBack(narrowed, 6_000)).toEqual([false])
    const due = Number((await events())[0]?.later?.M?.d?.N)
    expect(due - Date.now()).toBeGreaterThan(11 * 3_600_000)
  })

  it('keeps its message when the delay queue does not take it, and is sent there later without another run', async () => {
    const handler = failingFor(1n, { name: 'h' })
    const withoutQueue = await start([handler], { DELAY_QUEUE_URL: `${engines.queueUrl}-gone` })
    expect(await consume(withoutQueue, message())).toEqual([true])
    expect(outcomes()).toEqual(['error'])
    const [event] = await events()
    expect([event?.status?.S, event?.later, event?.dueAt?.S?.slice(0, 13)]).toEqual([
      ...['failed', undefined, '0000000000000'],
    ])
    const consumer = await start([handler])
    expect(await consume(consumer, message())).toEqual([false])
    expect(handler.seen).toHaveLength(1)
    handler.state.isDown = false
    expect(await comeBack(consumer, 10_000)).toEqual([false])
    expect(await statuses()).toEqual(['handled'])
  })

  it('is told to have expired when its event is there no more', async () => {
    const handler = failingFor(1n, { name: 'h' })
    const consumer = await start([handler])
    await consume(consumer, message())
    for (const { pk, sk } of await items())
      await dynamodb.send(
        new DeleteItemCommand({ TableName: tableName, Key: { pk: pk ?? { S: '' }, sk: sk ?? { S: '' } } }),
      )
    expect(await comeBack(consumer, 10_000)).toEqual([false])
    expect(outcomes()).toEqual(['failed', 'expired'])
    expect(lines.at(-1)).toMatchObject({ resource: `${accountId}|c` })
    expect(handler.seen).toHaveLength(1)
  })

  it('is run as before for a message and a record of the last release', async () => {
    const handler = failingFor(1n, { name: 'h' })
    const consumer = await start([handler])
    // Neither does the message say which event it is of, nor does the record tell of a delayed one.
    const { messageAttributes, ...old } = message()
    const { resource: _, event: __, ...without } = messageAttributes as Record<string, never>
    const sent = { ...old, messageAttributes: without }
    const refused = await start([handler], { DELAY_QUEUE_URL: `${engines.queueUrl}-gone` })
    expect(await consume(refused, sent)).toEqual([true])
    handler.state.isDown = false
    later(10_000)
    expect(await consume(consumer, sent)).toEqual([false])
    expect(await statuses()).toEqual(['handled'])
    expect(handler.seen.map(({ attempt }) => attempt)).toEqual([1, 2])
  })

  it('is run at once by a replay, which the delayed message then has nothing to add to', async () => {
    const handler = failingFor(1n, { name: 'h' })
    const consumer = await start([handler])
    await consume(consumer, message())
    handler.state.isDown = false
    await consume(consumer, replayed(message(), 'r1 order failed'))
    expect(await comeBack(consumer, 10_000)).toEqual([false])
    expect(outcomes()).toEqual(['failed', 'handled', 'duplicate'])
    expect(handler.seen.at(-1)).toMatchObject({ replay: 'r1', attempt: 1 })
  })
})

describe('an isOwn that throws', () => {
  it('is a failed attempt of each handler, and of nobody else', async () => {
    const state = { isDown: true }
    const isOwn = (requestId: string) => {
      if (state.isDown && requestId === 'odd') throw new Error('no database')
      return false
    }
    const [one, other] = ['one', 'other'].map((name) => noting('*', { name, order: 'every' }))
    if (!one || !other) throw new Error('never')
    const consumer = await start([one, other], {}, { isOwn })
    expect(await consume(consumer, message({ requestId: 'odd' }), message({ ticks: 2 }))).toEqual([
      ...[false, false],
    ])
    expect([one.ticks(), other.ticks()]).toEqual([[2], [2]])
    expect(lines).toContainEqual(
      expect.objectContaining({ failure: 'isOwn', error: expect.stringContaining('Error: no database') }),
    )
    const [failed] = await events()
    for (const name of ['one', 'other'])
      expect(failed?.handlers?.M?.[name]?.M).toMatchObject({ o: { S: 'failed' }, f: { N: '1' } })
    state.isDown = false
    for (const _ of [1, 2]) expect(await comeBack(consumer, 10_000)).toEqual([false])
    for (const { seen } of [one, other])
      expect(seen.at(-1)).toMatchObject({ ticks: 1n, attempt: 2, late: true })
    expect(await statuses()).toEqual(['handled', 'handled'])
  })

  it('is a failed attempt, too, where it does not end, and holds up no other event of the batch', async () => {
    const isOwn = (requestId: string) => requestId === 'hangs' && new Promise(() => {})
    const handler = noting('*', { name: 'h' })
    const consumer = await start([handler], {}, { isOwn })
    const records = [message({ id: 'done' }), message({ requestId: 'hangs' })]
    expect(await consumer({ Records: records }, lambdaContext(5_000))).toEqual({ batchItemFailures: [] })
    expect(handler.seen.map(({ resource }) => resource.id)).toEqual(['done'])
    const [failed] = await events()
    expect(failed?.handlers?.M?.h?.M).toMatchObject({ o: { S: 'failed' }, f: { N: '1' } })
  })

  it('is given up after its attempts', async () => {
    const consumer = await start(
      [noting('*', { name: 'h' })],
      {},
      {
        isOwn: () => Promise.reject(new Error('no database')),
      },
    )
    await consume(consumer, message())
    for (const _ of [2, 3]) expect(await comeBack(consumer, 600_000)).toEqual([false])
    const [letter] = await deadLetters()
    expect(letter?.attributes.reason).toBe('attempts of h spent (3 failed, 0 put off): Error: no database')
  })

  it('enters an event in the ledger once it can be told', async () => {
    const state = { isDown: true }
    const isOwn = () => {
      if (state.isDown) throw new Error('no database')
      return false
    }
    const handler = noting('*', { name: 'h' })
    const consumer = await start([handler], {}, { isOwn })
    await consume(consumer, message({ ticks: 5 }))
    state.isDown = false
    await comeBack(consumer, 10_000)
    await consume(consumer, message({ ticks: 4 }))
    expect(handler.ticks()).toEqual([5])
    expect(await statuses()).toEqual(['superseded', 'handled'])
  })
})

describe('the delay queue', () => {
  it('gives what cannot be read to the dead letters', async () => {
    const consumer = await start([])
    const group = undefined as unknown as string
    const odd = record(Buffer.from('?'), group)
    expect(await consume(consumer, odd)).toEqual([false])
    expect((await deadLetters()).map(({ body, attributes }) => [body, attributes.reason])).toEqual([
      ['?', 'it has come from the delay queue, and says not what is due'],
    ])
    expect(outcomes()).toEqual(['dead-lettered'])
  })

  it('keeps what the event queue does not take', async () => {
    const handler = failingFor(1n, { name: 'h' })
    await consume(await start([handler]), message())
    const delayed = await delayedAfter(10_000)
    const withoutQueue = await start([handler], { QUEUE_URL: `${engines.queueUrl}-gone` })
    expect(await consume(withoutQueue, ...delayed)).toEqual([true])
    expect(lines).toContainEqual(expect.objectContaining({ failure: 'consumer' }))
    expect(outcomes().at(-1)).toBe('error')
  })

  it('gives its messages a wait of their own, in the queue that they came from', async () => {
    const handler = failingFor(1n, { name: 'h' })
    await consume(await start([handler]), message())
    const delayed = await delayedAfter(10_000)
    const changed: unknown[] = []
    vi.spyOn(SQSClient.prototype, 'send').mockImplementation(async ({ input }: { input: object }) => {
      if (!('VisibilityTimeout' in input)) throw new Error('no answer')
      changed.push((input as ChangeMessageVisibilityCommandInput).QueueUrl)
    })
    expect(await consume(await start([handler]), ...delayed)).toEqual([true])
    expect(changed).toEqual([engines.delayQueueUrl])
  })
})

describe('handlers of one event', () => {
  it('share nothing that one of them could change', async () => {
    const payload = '{"id":"c","person":{"name":"Ada"},"tags":["a"]}'
    const changes = noting('*', { name: 'changes' }, (event) => {
      const own = event as unknown as { payload: Record<string, unknown>; resource: Record<string, unknown> }
      own.payload.person = 'gone'
      ;(own.payload.tags as string[]).push('b')
      own.resource.id = 'another'
    })
    const sees = noting('*', { name: 'sees' }, async () => {
      await new Promise(setImmediate)
    })
    await consume(await start([changes, sees]), message({ payload }))
    expect(sees.seen).toMatchObject([
      { payload: { person: { name: 'Ada' }, tags: ['a'] }, resource: { kind: 'contact', id: 'c' } },
    ])
    expect(outcomes()).toEqual(['handled'])
  })
})

describe('an invocation past its time limit', () => {
  it('reports all its messages as kept, those that are done among them', async () => {
    const handler = noting('*', { name: 'h' })
    const consumer = await start([handler])
    const { send } = DynamoDBClient.prototype
    // A call whose end an exception that nobody caught has swallowed: no signal ends it.
    vi.spyOn(DynamoDBClient.prototype, 'send').mockImplementation(function (
      this: DynamoDBClient,
      ...call: unknown[]
    ) {
      const isOfHanging = JSON.stringify(call[0]).includes('|contact|hangs')
      return isOfHanging ? new Promise(() => {}) : Reflect.apply(send, this, call)
    } as typeof send)
    const records = [message({ id: 'done' }), message({ id: 'hangs' })]
    const { batchItemFailures } = await consumer({ Records: records }, lambdaContext(1_000))
    expect(batchItemFailures).toEqual(records.map(({ messageId }) => ({ itemIdentifier: messageId })))
    expect(handler.seen.map(({ resource }) => resource.id)).toEqual(['done'])
    expect(lines).toContainEqual(expect.objectContaining({ failure: 'out-of-time', running: 'h' }))
    expect(outcomes()).toEqual(['handled', 'error'])
    vi.mocked(DynamoDBClient.prototype.send).mockRestore()
    // What is done is told so when it comes back.
    vi.useRealTimers()
    expect(await consume(await start([handler]), message({ id: 'done' }))).toEqual([false])
    expect(outcomes().at(-1)).toBe('duplicate')
  })
})

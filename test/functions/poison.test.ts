import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it, vi } from 'vitest'
import { on } from '#webhooks'
import { bodyIn, noBody } from '../../shared/queue/message.ts'
import { lambdaContext } from './cold-start.ts'
import {
  accountId,
  type Consumer,
  consume,
  deadLetters,
  events,
  items,
  later,
  lines,
  message,
  noting,
  outcomes,
  received,
  redriven,
  replayed,
  type SqsRecord,
  start,
  statuses,
  tries,
} from './consumer-world.ts'

const hang = () => new Promise<never>(() => {})
/** A machine that does much else takes its time. */
const slowly = { timeout: 20_000 }
const strays = () => lines.filter(({ failure }) => failure === 'stray')

describe('a failure that nobody catches', () => {
  it('is told with its line in the source and the handlers that ran, and ends nothing', async () => {
    const forgets = noting('*', { name: 'forgets' }, async () => {
      void Promise.reject(new Error('forgotten'))
      await setTimeout(20)
    })
    const works = noting('*', { name: 'works' }, () => setTimeout(20))
    const consumer = await start([forgets, works])
    expect(await consume(consumer, message(), message({ id: 'other' }))).toEqual([false, false])
    expect(outcomes()).toEqual(['handled', 'handled'])
    expect(strays()).toHaveLength(2)
    expect(strays()[0]).toMatchObject({
      running: 'forgets works',
      error: expect.stringMatching(/^Error: forgotten\n.*poison\.test\.ts/),
    })
  })

  it('is told three times an invocation, however often it comes', async () => {
    const handler = noting('*', { name: 'h' }, async () => {
      for (let nth = 0; nth < 50; nth++) void Promise.reject(new Error(`nth ${nth}`))
      await setTimeout(20)
    })
    const consumer = await start([handler])
    await consume(consumer, message({ ticks: 1 }))
    expect(strays()).toHaveLength(3)
    await consume(consumer, message({ ticks: 2 }))
    expect(strays()).toHaveLength(6)
  })

  it('is taken over at the first invocation, and not when the module is loaded', async () => {
    const before = process.listeners('unhandledRejection')
    const consumer = await start([])
    expect(process.listeners('unhandledRejection')).toEqual(before)
    await consume(consumer, message())
    const after = process.listeners('unhandledRejection')
    expect([after.length, before.includes(after[0] as never)]).toEqual([1, false])
    await consume(consumer, message({ ticks: 2 }))
    expect(process.listeners('unhandledRejection')).toEqual(after)
  })
})

/** A worker that takes this message, claims its event and dies. */
async function dieAt(dying: Consumer, sent: SqsRecord, resource?: string): Promise<void> {
  const before = Number((await tries(resource)) ?? 0)
  void dying({ Records: [sent] }, lambdaContext(600_000))
  await vi.waitFor(async () => expect(Number(await tries(resource))).toBe(before + 1), slowly)
  later(700_000)
}

describe('a batch whose worker died', () => {
  it('runs the group that it died at after the others, alone', async () => {
    const poison = message({ id: 'poison' })
    const dying = await start([on('*', { name: 'h', order: 'every' }, hang)])
    await dieAt(dying, poison, `${accountId}|contact|poison`)
    const order: string[] = []
    const handler = on('*', { name: 'h', order: 'every' }, async ({ resource: { id }, ticks }) => {
      order.push(`begins ${id} ${ticks}`)
      await setTimeout(20)
      order.push(`ends ${id} ${ticks}`)
    })
    const records = [poison, message({ id: 'a' }), message({ id: 'poison', ticks: 2 }), message({ id: 'b' })]
    const again = records.map((each) => received(each, 2))
    expect(await consume(await start([handler]), ...again)).toEqual(Array(4).fill(false))
    expect(order.slice(0, 2).toSorted()).toEqual(['begins a 1', 'begins b 1'])
    expect(order.slice(2, 4).toSorted()).toEqual(['ends a 1', 'ends b 1'])
    expect(order.slice(4)).toEqual([
      ...['begins poison 1', 'ends poison 1', 'begins poison 2', 'ends poison 2'],
    ])
  })

  it('runs several such groups one by one, the one with the fewest deaths first', async () => {
    const dying = await start([on('*', { name: 'h' }, hang)])
    const [often, once] = [message({ id: 'often' }), message({ id: 'once' })]
    for (let death = 0; death < 2; death++) await dieAt(dying, often, `${accountId}|contact|often`)
    await dieAt(dying, once, `${accountId}|contact|once`)
    const order: string[] = []
    const handler = on('*', { name: 'h' }, async ({ resource: { id } }) => {
      order.push(`begins ${id}`)
      await setTimeout(20)
      order.push(`ends ${id}`)
    })
    await consume(await start([handler]), received(often, 3), received(once, 2))
    expect(order).toEqual(['begins once', 'ends once', 'begins often', 'ends often'])
  })

  it('asks the table for nothing when all of it comes for the first time', async () => {
    const sent = [message({ id: 'a' }), message({ id: 'b' })]
    await consume(await start([noting('*', { name: 'h' })]), ...sent)
    expect(await items(`opened#${sent[0]?.messageId}`)).toEqual([])
  })
})

describe('a message that kills whoever opens it', () => {
  /** Dies before it can claim anything. The clock goes on when it is that far: else its time would be over, and not its life. */
  async function dieOpening(sent: SqsRecord, receives: number): Promise<void> {
    const isOwn = vi.fn(hang)
    const consumer = await start([noting('*', { name: 'h' })], {}, { isOwn })
    for (let death = 1; death <= receives; death++) {
      void consumer({ Records: [received(sent, death + 2)] }, lambdaContext(600_000))
      await vi.waitFor(() => expect(isOwn).toHaveBeenCalledTimes(death), slowly)
      expect((await items(`opened#${sent.messageId}`))[0]?.n?.N).toBe(String(death))
      later(700_000)
    }
  }

  it('is given up unread after three deaths, and its event is told of', async () => {
    const sent = message({ type: 'contact.created' })
    await dieOpening(sent, 3)
    const handler = noting('*', { name: 'h' })
    const consumer = await start([handler])
    expect(await consume(consumer, received(sent, 6))).toEqual([false])
    expect(handler.seen).toEqual([])
    expect(outcomes()).toEqual(['dead-lettered'])
    const [event] = await events()
    expect([event?.status?.S, event?.type?.S, event?.unread?.BOOL, event?.body]).toEqual([
      ...['dead-lettered', 'contact.created', true, undefined],
    ])
    const [letter] = await deadLetters()
    expect(letter?.attributes.reason).toMatch(/^crashed/)
    expect(letter?.body).toBe(sent.body)

    // Whatever killed the workers is mended: its redrive runs it, and the table has its body then.
    expect(await consume(consumer, redriven(letter))).toEqual([false])
    expect(handler.seen).toMatchObject([{ type: 'contact.created', attempt: 1 }])
    const [whole] = await events()
    expect([whole?.status?.S, whole?.unread, whole?.body !== undefined]).toEqual([
      ...['handled', undefined, true],
    ])
  })

  it('leaves the large body that its event has, to which its dead letter refers', async () => {
    const payload = `{"id":"c","x":"${randomBytes(350_000).toString('hex')}"}`
    const first = message({ payload })
    const handler = noting('*', { name: 'h' })
    const consumer = await start([handler])
    expect(await consume(consumer, first)).toEqual([false])
    const encoding = { stringValue: bodyIn.event, dataType: 'String' }
    const referring = {
      ...message(),
      messageAttributes: { ...first.messageAttributes, encoding },
      body: noBody,
    }
    const sent = replayed(referring, 'again force all')
    await dieOpening(sent, 3)
    expect(await consume(consumer, received(sent, 6))).toEqual([false])
    expect(await statuses()).toEqual(['dead-lettered'])
    const [letter] = await deadLetters()
    expect([letter?.body, letter?.attributes.encoding]).toEqual([noBody, bodyIn.event])
    expect(await consume(consumer, redriven(letter))).toEqual([false])
    expect(handler.seen).toHaveLength(2)
    expect(handler.seen[1]?.payloadText).toBe(payload)
    expect(await statuses()).toEqual(['handled'])
  })

  it('is opened again after two, and leaves no mark when the work has ended', async () => {
    const sent = message()
    await dieOpening(sent, 2)
    const handler = noting('*', { name: 'h' })
    expect(await consume(await start([handler]), received(sent, 5))).toEqual([false])
    expect(handler.seen).toHaveLength(1)
    expect(await items(`opened#${sent.messageId}`)).toEqual([])
    expect(await statuses()).toEqual(['handled'])
  })

  it('is a dead letter alone when it does not say which event it is of', async () => {
    const { messageAttributes, ...rest } = message()
    const { resource: _, event: __, ...without } = messageAttributes as Record<string, never>
    const sent = { ...rest, messageAttributes: without }
    await dieOpening(sent, 3)
    expect(await consume(await start([]), received(sent, 6))).toEqual([false])
    expect((await deadLetters())[0]?.attributes.reason).toMatch(/^crashed/)
    expect(await events()).toEqual([])
  })

  it('is not given up for receives alone', async () => {
    const handler = noting('*', { name: 'h' })
    expect(await consume(await start([handler]), received(message(), 500))).toEqual([false])
    expect(handler.seen).toHaveLength(1)
  })
})

describe('large messages', () => {
  /** One of them unpacks to more than 1 MiB, the others are as long in the queue. */
  const large = (id: string) => message({ id, payload: `{"id":"${id}","x":"${'x'.repeat(300_000)}"}` })
  const packed = (id: string) => message({ id, payload: `{"id":"${id}","x":"${'x'.repeat(2_000_000)}"}` })

  it('run one by one, beside the others', async () => {
    const running = new Set<string>()
    const together: string[] = []
    const handler = noting('*', { name: 'h' }, async ({ resource }) => {
      running.add(resource.id)
      await setTimeout(20)
      together.push([...running].sort().join(' '))
      running.delete(resource.id)
    })
    const batch = [large('large1'), message({ id: 'small1' }), packed('large2'), message({ id: 'small2' })]
    expect(await consume(await start([handler]), ...batch)).toEqual(Array(4).fill(false))
    expect(together.some((ids) => ids.includes('large1 small1'))).toBe(true)
    expect(together.every((ids) => !ids.includes('large1 large2'))).toBe(true)
    expect(handler.seen).toHaveLength(4)
  })

  it('are left for the next invocation when less than half of the time is left', async () => {
    const handler = noting('*', { name: 'h' }, () => later(20_000))
    const consumer = await start([handler])
    expect(await consume(consumer, large('one'), packed('other'))).toEqual([false, true])
    expect(handler.seen).toHaveLength(1)
  })
})

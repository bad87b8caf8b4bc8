import { expect, it } from 'vitest'
import { openMessage } from '../../functions/consumer/open-message.ts'
import { readEnvelope } from '../../shared/event/envelope.ts'
import { runningHandlers } from '../../shared/handling/running-handlers.ts'
import type { StoredEvent } from '../../shared/ledger/read-event.ts'
import { attributeNames, eventAttributes, packMessage } from '../../shared/queue/message.ts'
import { BodyGone } from '../../shared/queue/stored-body.ts'

const note = { requestId: 'r', sentTicks: undefined, receivedEpochMs: 0, keyFingerprint: 'k' }
const textOf = (chars: number) =>
  `{"accountId":"a","type":"file.created","timestamp":1,"payload":{"id":"f","x":"${'x'.repeat(chars)}"}}`

/** The message of an event's first delivery, and the one that brings its retry back. */
function messagesOf(text: string) {
  const { body, attributes } = packMessage(Buffer.from(text), note) ?? { body: '', attributes: {} }
  const event = eventAttributes(readEnvelope(text))
  return {
    first: { body, attributes: { ...attributes, ...event } },
    retry: { body: ' ', attributes: { ...event, [attributeNames.later]: 'token 5' } },
  }
}

it.each([
  ['first delivery of a large event', 'first', 300_000, 'after'],
  ['first delivery that unpacks to a large one', 'first', 2_000_000, 'after'],
  ['retry of a large event', 'retry', 300_000, 'after'],
  ['first delivery of another', 'first', 100, 'beside'],
  ['retry of another', 'retry', 100, 'beside'],
] as const)(
  'opens the %s %s: %i characters, %s a handler that has a large payload',
  async (_, which, chars, when) => {
    const text = textOf(chars)
    const running = runningHandlers()
    const handler = Promise.withResolvers<void>()
    const order: string[] = []
    void running.alone(() => handler.promise.then(() => void order.push('handler')))
    const ledger = { read: async () => ({ text, delivery: note }) as unknown as StoredEvent }
    const opening = openMessage({ ledger, running }, messagesOf(text)[which], AbortSignal.timeout(5_000))
    const opened = opening.then((result) => {
      order.push('opened')
      return result
    })
    await new Promise(setImmediate)
    handler.resolve()
    expect(await opened).toMatchObject({ text, envelope: { type: 'file.created' } })
    await new Promise(setImmediate)
    expect(order).toEqual(when === 'after' ? ['handler', 'opened'] : ['opened', 'handler'])
  },
)

it.each([
  ['is there', async () => ({}), { text: textOf(5) }],
  [
    'is there no more',
    () => Promise.reject(new BodyGone()),
    { unreadable: 'its body is not in the event table any more: fetch from Smokeball what changed' },
  ],
] as const)('opens a message whose body the table has: it %s', async (_, failing, expected) => {
  const { first } = messagesOf(textOf(5))
  const referring = {
    body: '-',
    attributes: { ...first.attributes, [attributeNames.encoding]: 'stored id 1' },
  }
  const deps = {
    ledger: { read: async () => undefined },
    running: runningHandlers(),
    fetchBody: async () => {
      await failing()
      return first
    },
  }
  expect(await openMessage(deps, referring, AbortSignal.timeout(5_000))).toMatchObject(expected)
  const down = { ...deps, fetchBody: () => Promise.reject(new Error('the table is down')) }
  await expect(openMessage(down, referring, AbortSignal.timeout(5_000))).rejects.toThrow('the table is down')
})

it.each([
  ['finished', 'handled', 'finished'],
  ['pending', 'failed', 'expired'],
  ['gone itself', undefined, 'expired'],
] as const)(
  'tells a delayed message whose body is gone by its event, which is %s',
  async (_, status, kind) => {
    const event = status && ({ status, text: undefined, delivery: note } as unknown as StoredEvent)
    const deps = { ledger: { read: async () => event }, running: runningHandlers() }
    const opened = await openMessage(deps, messagesOf(textOf(5)).retry, AbortSignal.timeout(5_000))
    expect(Object.keys(opened)).toEqual([kind])
  },
)

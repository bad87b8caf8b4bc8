import { randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { beforeEach, expect, it, vi } from 'vitest'
import { tableName } from '../../infra/operate/local-account.ts'
import type { Handler } from '../../shared/handling/handler-registry.ts'
import { accounts } from '../../shared/smokeball-api/accounts.ts'
import {
  accountId,
  comeBack,
  consume,
  deadLetters,
  dynamodb,
  events,
  items,
  later,
  message,
  noting,
  outcomes,
  redriven,
  replayed,
  start,
  statuses,
} from './consumer-world.ts'

const { signal } = new AbortController()
const handler = () => noting('*', { name: 'all' })
const startStrict = (...handlers: Handler[]) => start(handlers, { CONNECTED_ACCOUNTS_ONLY: 'true' })
const registry = () => accounts({ client: dynamodb, tableName, now: Date.now, randomId: randomUUID })
let seen: ReturnType<typeof handler>

beforeEach(() => {
  seen = handler()
})

it('handles events of a connected account with two writes each, and one read a process', async () => {
  await registry().add(accountId, signal)
  const consumer = await startStrict(seen)
  const sent = vi.spyOn(DynamoDBClient.prototype, 'send')
  const [first, second, third] = [1, 2, 3].map((ticks) => message({ ticks }))
  await consume(consumer, first as never, second as never)
  await consume(consumer, third as never)
  const calls = Map.groupBy(sent.mock.calls, ([command]) => command.constructor.name)
  expect([...calls].map(([name, { length }]) => [name, length])).toEqual([
    ['GetItemCommand', 1],
    ['UpdateItemCommand', 3],
    ['PutItemCommand', 3],
  ])
  expect([outcomes(), seen.ticks()]).toEqual([Array(3).fill('handled'), [1, 2, 3]])
})

it('gives up what is of no connected account as a dead letter, and handles it when it is sent back', async () => {
  const consumer = await startStrict(seen)
  expect(await consume(consumer, message())).toEqual([false])
  const [letter, ...others] = await deadLetters()
  expect([letter?.attributes.reason, others]).toEqual(['its account is not connected', []])
  expect(await events()).toMatchObject([
    {
      status: { S: 'dead-lettered' },
      letter: { S: 'unconnected-account' },
      reason: { S: letter?.attributes.reason },
    },
  ])
  expect([outcomes(), seen.seen]).toEqual([['dead-lettered'], []])
  // It was not seen: nothing is late because of it.
  expect(Object.keys((await items()).find(({ sk }) => sk?.S === 'ledger') ?? {})).not.toContain('a#f#updated')

  // Not connected yet: it comes back, and a copy of it is a duplicate.
  await consume(consumer, redriven(letter))
  const [again] = await deadLetters()
  await consume(consumer, message())
  expect([outcomes(), await deadLetters()]).toEqual([['dead-lettered', 'dead-lettered', 'duplicate'], []])

  await registry().add(accountId, signal)
  later(2_000)
  await consume(consumer, redriven(again))
  expect([outcomes().at(-1), seen.ticks(), await statuses()]).toEqual(['handled', [1], ['handled']])
  expect(await deadLetters()).toEqual([])
})

it('handles a redelivery of what was given up, once the account is connected, and what is older than that', async () => {
  const consumer = await startStrict(seen)
  await consume(consumer, message({ ticks: 5 }))
  await registry().add(accountId, signal)
  later(2_000)
  await consume(consumer, message({ ticks: 4 }), message({ ticks: 5 }))
  expect([outcomes(), seen.ticks()]).toEqual([
    ['dead-lettered', 'handled', 'handled'],
    [4, 5],
  ])
})

it('drops the last events of an account that was removed, and tells the table, and nobody else', async () => {
  await registry().add(accountId, signal)
  await registry().remove(accountId, signal)
  const consumer = await startStrict(seen)
  await consume(consumer, message(), message())
  expect([outcomes(), await deadLetters(), seen.seen]).toEqual([['dropped', 'duplicate'], [], []])
  const reason = 'its account was removed'
  expect(await events()).toMatchObject([
    { status: { S: 'dropped' }, reason: { S: reason }, body: { B: expect.anything() } },
  ])
  // A replay does not help before it is connected again.
  await consume(consumer, replayed(message(), 'r1 order failed'))
  expect([outcomes().at(-1), await deadLetters()]).toEqual(['dropped', []])
  await registry().add(accountId, signal)
  later(2_000)
  await consume(consumer, replayed(message(), 'r2 order failed'))
  expect([outcomes().at(-1), seen.ticks(), await statuses()]).toEqual(['handled', [1], ['handled']])
})

it('goes on with what was taken while its account was connected', async () => {
  await registry().add(accountId, signal)
  let isDown = true
  const moody = noting('*', { name: 'moody' }, () => {
    if (isDown) throw new Error('down')
  })
  const consumer = await start([moody], { CONNECTED_ACCOUNTS_ONLY: 'true', MAX_ATTEMPTS: '2' })
  await consume(consumer, message({ id: 'retried' }), message({ id: 'given up' }))
  await registry().remove(accountId, signal)
  // It stands for another process, which knows nothing of the account yet.
  const other = await start([moody], { CONNECTED_ACCOUNTS_ONLY: 'true', MAX_ATTEMPTS: '2' })
  await comeBack(other, 10 * 60_000)
  const letters = await deadLetters()
  expect(letters.map(({ attributes }) => attributes.reason)).toEqual(
    Array(2).fill(expect.stringMatching(/^attempts of moody spent/)),
  )
  isDown = false
  const retried = letters.find(({ body }) => body.includes('retried'))
  await consume(other, redriven(retried), message({ id: 'given up' }))
  expect(outcomes().slice(-2).toSorted()).toEqual(['duplicate', 'handled'])
  await consume(other, replayed(message({ id: 'given up' }), 'r1 order failed'))
  expect(outcomes().at(-1)).toBe('handled')
})

it.each([
  ['longer than a key', 'x'.repeat(100_000)],
  ['of characters that no id has', 'a b\u0000ä'],
])('gives up an event whose account is %s, and retries nothing', async (_what, odd) => {
  const consumer = await startStrict(seen)
  const text = JSON.stringify({ accountId: odd, type: 'contact.updated', timestamp: 1, payload: { id: 'c' } })
  const { body: _, ...rest } = message()
  expect(await consume(consumer, { ...rest, body: text })).toEqual([false])
  expect([outcomes(), (await deadLetters()).length]).toEqual([['dead-lettered'], 1])
})

it('keeps an event in the queue while the table cannot tell of its account', async () => {
  const consumer = await startStrict(seen)
  const real = DynamoDBClient.prototype.send
  const failing = vi.spyOn(DynamoDBClient.prototype, 'send').mockImplementationOnce(() => {
    throw new Error('no table')
  })
  expect(await consume(consumer, message())).toEqual([true])
  failing.mockImplementation(real)
  expect([outcomes(), await deadLetters(), await events()]).toEqual([['error'], [], []])
})

it.each(['', 'false'])('takes events of all accounts when the setting is %j', async (setting) => {
  const consumer = await start([seen], { CONNECTED_ACCOUNTS_ONLY: setting })
  await consume(consumer, message())
  expect([outcomes(), seen.ticks()]).toEqual([['handled'], [1]])
})

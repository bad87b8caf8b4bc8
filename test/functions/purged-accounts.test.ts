import { randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { beforeEach, expect, it, vi } from 'vitest'
import { openProgress } from '../../infra/operate/accounts/purge-progress.ts'
import { tableName } from '../../infra/operate/local-account.ts'
import { removedAccountKeptMs } from '../../shared/smokeball-api/account.ts'
import { accounts } from '../../shared/smokeball-api/accounts.ts'
import {
  accountId,
  comeBack,
  consume,
  deadLetters,
  dynamodb,
  items,
  later,
  lines,
  message,
  noting,
  outcomes,
  received,
  start,
} from './consumer-world.ts'

const { signal } = new AbortController()
const registry = () => accounts({ client: dynamodb, tableName, now: Date.now, randomId: randomUUID })
const purge = () =>
  openProgress({ dynamodb, tableName, now: Date.now, randomId: randomUUID }, accountId, () => signal)
const ofAccount = async () => (await items()).filter(({ pk }) => pk?.S?.startsWith(`${accountId}|`))
let seen: ReturnType<typeof noting>

beforeEach(() => {
  seen = noting('*', { name: 'all' })
})

it.each(['true', ''])(
  'drops what comes of a purged account, and records nothing (connected accounts alone: %j)',
  async (setting) => {
    await purge()
    const consumer = await start([seen], { CONNECTED_ACCOUNTS_ONLY: setting })
    expect(await consume(consumer, message(), message({ id: 'other' }))).toEqual([false, false])
    expect([outcomes(), seen.seen]).toEqual([['purged', 'purged'], []])
    expect([await ofAccount(), await deadLetters()]).toEqual([[], []])
    expect(JSON.stringify(lines)).not.toContain('payload')
    // Neither is one whose workers died each time.
    for (let death = 0; death < 4; death++) await consume(consumer, received(message(), 9))
    expect([outcomes().at(-1), await ofAccount(), await deadLetters()]).toEqual(['purged', [], []])
  },
)

it.each([
  ['the record of its event', 'recorded'],
  ['parts', 'stored 0b5e 2'],
])('drops what refers to a body that was deleted, in %s', async (_where, encoding) => {
  await purge()
  const consumer = await start([seen])
  const referring = message()
  Object.assign(referring.messageAttributes, { encoding: { stringValue: encoding, dataType: 'String' } })
  expect(await consume(consumer, referring)).toEqual([false])
  expect([outcomes(), await deadLetters()]).toEqual([['purged'], []])
})

it('drops what only its body tells to be of a purged account', async () => {
  await purge()
  const consumer = await start([seen])
  const earlier = message()
  Reflect.deleteProperty(earlier.messageAttributes, 'resource')
  expect(await consume(consumer, earlier)).toEqual([false])
  expect([outcomes(), await ofAccount()]).toEqual([['purged'], []])
})

it.each(['true', ''])(
  'drops what was to be run again, whether its record is gone or not (connected accounts alone: %j)',
  async (setting) => {
    await registry().add(accountId, signal)
    const failing = noting('*', { name: 'moody' }, () => {
      throw new Error('down')
    })
    const first = await start([failing], { CONNECTED_ACCOUNTS_ONLY: setting })
    await consume(first, message({ id: 'kept' }))
    await registry().remove(accountId, signal)
    await purge()
    const consumer = await start([failing], { CONNECTED_ACCOUNTS_ONLY: setting })
    await comeBack(consumer, 10_000)
    expect([outcomes(), failing.seen.length]).toEqual([['failed', 'purged'], 1])
    expect(await deadLetters()).toEqual([])
  },
)

it('learns of a purge within five minutes, by one read a process, where all accounts are taken', async () => {
  const consumer = await start([seen])
  const sent = vi.spyOn(DynamoDBClient.prototype, 'send')
  await consume(consumer, message({ id: 'a' }), message({ id: 'b' }), message({ id: 'c' }))
  const names = sent.mock.calls.map(([command]) => command.constructor.name)
  expect(names.filter((name) => /^(Get|Query)/.test(name))).toEqual(['QueryCommand'])
  await purge()
  later(299_000)
  await consume(consumer, message({ id: 'd' }))
  later(2_000)
  await consume(consumer, message({ id: 'e' }))
  expect(outcomes()).toEqual([...Array(4).fill('handled'), 'purged'])
})

it('handles events of an account that is connected again, and of any once the mark is over', async () => {
  await purge()
  await registry().add(accountId, signal)
  const consumer = await start([seen])
  await consume(consumer, message({ id: 'a' }))
  await registry().remove(accountId, signal)
  later(6 * 60_000)
  // Removed once more, and not purged since.
  await consume(consumer, message({ id: 'b' }))
  await purge()
  later(6 * 60_000)
  await consume(consumer, message({ id: 'c' }))
  later(removedAccountKeptMs)
  await consume(consumer, message({ id: 'd' }))
  expect(outcomes()).toEqual(['handled', 'handled', 'purged', 'handled'])
  expect(seen.seen).toHaveLength(3)
})

it('keeps an event in the queue while the table cannot tell what was purged', async () => {
  const consumer = await start([seen])
  const real = DynamoDBClient.prototype.send
  const failing = vi.spyOn(DynamoDBClient.prototype, 'send').mockImplementationOnce(() => {
    throw new Error('no table')
  })
  expect(await consume(consumer, message())).toEqual([true])
  failing.mockImplementation(real)
  expect(await consume(consumer, message())).toEqual([false])
  expect(outcomes()).toEqual(['error', 'handled'])
})

import { randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type Engines, startEngines } from '../../../infra/local/engines/engines.ts'
import { tableName } from '../../../infra/operate/local-account.ts'
import { systemAccountId } from '../../../shared/smokeball-api/account.ts'
import { accounts } from '../../../shared/smokeball-api/accounts.ts'
import { connectedAccounts } from '../../../shared/smokeball-api/connected-accounts.ts'
import { storedRefreshTokens } from '../../../shared/smokeball-api/stored-refresh-tokens.ts'

const { signal } = new AbortController()
const day = 86_400_000
let engines: Engines
let client: DynamoDBClient
let nowEpochMs: number
let reads: number
let fails: boolean
let firm: string

beforeAll(async () => {
  engines = await startEngines({ consumerTimeoutMs: 1_000 })
  client = new DynamoDBClient(engines.dynamodbConfig)
})
afterAll(async () => {
  client.destroy()
  await engines.stop()
})
beforeEach(() => {
  nowEpochMs = Date.UTC(2026, 10, 25)
  reads = 0
  fails = false
  firm = randomUUID()
})

const now = () => nowEpochMs
const registry = () => accounts({ client, tableName, now, randomId: randomUUID })
const connectedIds = async () => (await registry().list(signal)).map(({ accountId }) => accountId)
function process() {
  const counting = {
    async send(...args: unknown[]) {
      reads += 1
      if (fails) throw new Error('no table')
      // The table has none of these, and takes its time to say so a thousand times.
      if (JSON.stringify(args[0]).includes('made-up')) return {}
      return (client.send as (...args: unknown[]) => Promise<unknown>).apply(client, args)
    },
  } as Pick<DynamoDBClient, 'send'>
  const stateOf = connectedAccounts({ client: counting, tableName, now })
  return (accountId = firm) => stateOf(accountId, signal)
}

it('reads a connected account once a process in five minutes', async () => {
  await registry().add(firm, signal)
  const state = process()
  const asked = await Promise.all(Array.from({ length: 20 }, () => state()))
  expect([new Set(asked), reads]).toEqual([new Set(['connected']), 1])
  nowEpochMs += 299_999
  expect([await state(), reads]).toEqual(['connected', 1])
  nowEpochMs += 1
  expect([await state(), reads]).toEqual(['connected', 2])
})

it('reads another one at most every two seconds, and sees soon that it was connected', async () => {
  const state = process()
  expect(await Promise.all([state(), state()])).toEqual(['unknown', 'unknown'])
  expect(reads).toBe(2)
  await registry().add(firm, signal)
  nowEpochMs += 1_999
  expect([await state(), reads]).toEqual(['unknown', 2])
  nowEpochMs += 1
  expect(await state()).toBe('connected')
})

it('knows an account that was removed for 45 days, unless it is connected again, by whatever means', async () => {
  await registry().add(firm, signal)
  await registry().remove(firm, signal)
  expect(await process()()).toBe('removed')
  expect(await connectedIds()).not.toContain(firm)
  nowEpochMs += 45 * day - 1
  expect(await process()()).toBe('removed')
  nowEpochMs += 1
  expect(await process()()).toBe('unknown')

  nowEpochMs -= 10 * day
  const tokens = storedRefreshTokens({
    client,
    tableName,
    tokenKey: async () => Buffer.alloc(32, 1),
    twelveRandomBytes: () => Buffer.alloc(12, 2),
  })
  await tokens.connect(firm, 'a refresh token', nowEpochMs)
  expect(await process()()).toBe('connected')
  expect(await connectedIds()).toContain(firm)
  await registry().remove(firm, signal)
  expect(await process()()).toBe('removed')
})

it('takes system events of no firm, and asks nothing about what can be no account', async () => {
  const state = process()
  expect(await state(systemAccountId)).toBe('connected')
  for (const impossible of ['', '.', '..', 'a b', 'ä', 'x'.repeat(201), 'x'.repeat(1_000_000), '\ud800'])
    expect(await state(impossible)).toBe('unknown')
  expect(reads).toBe(0)
})

it('keeps no failure of the table for an answer', async () => {
  await registry().add(firm, signal)
  const state = process()
  fails = true
  await expect(Promise.all([state(), state()])).rejects.toThrow('no table')
  fails = false
  expect(await state()).toBe('connected')
})

it('forgets the oldest answers when many accounts are made up', async () => {
  await registry().add(firm, signal)
  const state = process()
  await state()
  await Promise.all(Array.from({ length: 999 }, (_, nth) => state(`made-up-${nth}`)))
  reads = 0
  expect([await state(), reads]).toEqual(['connected', 0])
  await state('made-up-1000')
  reads = 0
  expect([await state(), reads]).toEqual(['connected', 1])
})

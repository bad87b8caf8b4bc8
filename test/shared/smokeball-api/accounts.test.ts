import { randomUUID } from 'node:crypto'
import { DynamoDBClient, type QueryCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Engines, startEngines } from '../../../infra/local/engines/engines.ts'
import { tableName } from '../../../infra/operate/local-account.ts'
import type { Accounts, AccountsDeps, HeldAccount } from '../../../shared/smokeball-api/accounts.ts'
import { accounts } from '../../../shared/smokeball-api/accounts.ts'

const { signal } = new AbortController()
const firm = 'firm-1'
let engines: Engines
let client: DynamoDBClient
let nowEpochMs: number

beforeAll(async () => {
  engines = await startEngines({ consumerTimeoutMs: 1_000 })
  client = new DynamoDBClient(engines.dynamodbConfig)
})
afterAll(async () => {
  client.destroy()
  await engines.stop()
})
beforeEach(async () => {
  nowEpochMs = Date.UTC(2026, 10, 25)
  for (const { accountId } of await registry().list(signal)) await registry().remove(accountId, signal)
})

function registry(over: Partial<AccountsDeps> = {}): Accounts {
  return accounts({ client, tableName, now: () => nowEpochMs, randomId: randomUUID, ...over })
}

/** A minute's hold. */
async function hold(by = registry()) {
  return by.hold(firm, nowEpochMs + 60_000, signal)
}

async function held(by = registry()): Promise<HeldAccount> {
  const taken = await hold(by)
  if (taken.kind !== 'held') throw new Error(`It is ${taken.kind}.`)
  return taken.account
}

const subscription = {
  id: 's',
  url: 'https://x.example',
  eventTypes: ['matter.updated'],
  keyFingerprint: 'f',
}
const check = (outcome: 'created' | 'unchanged') => ({ outcome, atEpochMs: nowEpochMs })

describe('a held account', () => {
  it('is nobody else’s until it is given back, with what was found', async () => {
    await registry().add(firm, signal)
    const ours = await held()
    expect(ours).toMatchObject({ accountId: firm, subscription: undefined, lastCheck: undefined })
    expect(await hold()).toEqual({ kind: 'busy' })
    await registry().release(ours, { check: check('created'), subscription }, signal)
    const next = await held()
    expect(next).toMatchObject({ subscription, lastCheck: check('created') })
    await registry().release(next, { check: check('unchanged') }, signal)
    expect(await registry().list(signal)).toMatchObject([{ subscription, lastCheck: check('unchanged') }])
  })

  it('is left to whoever has looked at it since it was listed', async () => {
    await registry().add(firm, signal)
    const listed = () => registry().hold(firm, nowEpochMs + 60_000, signal, 0)
    const first = await listed()
    if (first.kind !== 'held') throw new Error(`It is ${first.kind}.`)
    expect(await listed()).toEqual({ kind: 'busy' })
    await registry().release(first.account, { check: check('created') }, signal)
    expect(await listed()).toEqual({ kind: 'looked-at' })
    const lastLook = await registry().hold(firm, nowEpochMs + 60_000, signal, nowEpochMs)
    expect(lastLook).toMatchObject({ kind: 'held' })
    await registry().remove(firm, signal)
    expect(await listed()).toEqual({ kind: 'gone' })
  })

  it('is one process’s alone when many ask at once', async () => {
    await registry().add(firm, signal)
    const kinds = (await Promise.all(Array.from({ length: 8 }, () => hold()))).map(({ kind }) => kind)
    expect(kinds.toSorted()).toEqual([...Array(7).fill('busy'), 'held'])
  })

  it('is free when its time is over, and a process that comes back after that changes nothing', async () => {
    await registry().add(firm, signal)
    const slow = await held()
    nowEpochMs += 59_999
    expect(await hold()).toEqual({ kind: 'busy' })
    nowEpochMs += 1
    const ours = await held()
    await registry().release(slow, { check: check('created'), subscription }, signal)
    expect(await hold()).toEqual({ kind: 'busy' })
    await registry().release(ours, { check: check('unchanged') }, signal)
    expect(await registry().list(signal)).toMatchObject([
      { subscription: undefined, lastCheck: check('unchanged') },
    ])
  })

  it('stays held by the write that the SDK repeats since its answer was lost', async () => {
    await registry().add(firm, signal)
    const losing: AccountsDeps['client'] = {
      async send(command: never) {
        await client.send(command)
        return client.send(command)
      },
    } as never
    expect(await hold(registry({ client: losing }))).toMatchObject({ kind: 'held' })
    expect(await hold()).toEqual({ kind: 'busy' })
  })
})

describe('an account that is not connected', () => {
  it('is gone, and is not connected by being asked for', async () => {
    expect(await hold()).toEqual({ kind: 'gone' })
    expect(await registry().list(signal)).toEqual([])
  })

  it('stays gone when it is removed while it is held', async () => {
    await registry().add(firm, signal)
    const ours = await held()
    await registry().remove(firm, signal)
    expect(await hold()).toEqual({ kind: 'gone' })
    await registry().release(ours, { check: check('created'), subscription }, signal)
    expect(await registry().list(signal)).toEqual([])
    await registry().add(firm, signal)
    expect(await registry().list(signal)).toMatchObject([{ accountId: firm, subscription: undefined }])
  })
})

it('adding a connected account again leaves all as it is', async () => {
  await registry().add(firm, signal)
  const ours = await held()
  await registry().release(ours, { check: check('created'), subscription }, signal)
  const before = await registry().list(signal)
  nowEpochMs += 1_000
  await registry().add(firm, signal)
  expect(await registry().list(signal)).toEqual(before)
})

it('lists all accounts, however many pages they are on', async () => {
  const ids = ['firm-1', 'firm-2', 'firm-3', 'firm-4', 'firm-5']
  for (const id of ids) await registry().add(id, signal)
  let pages = 0
  const twoAPage: AccountsDeps['client'] = {
    send(command: QueryCommand) {
      pages += 1
      command.input.Limit = 2
      return client.send(command)
    },
  } as never
  const listed = await registry({ client: twoAPage }).list(signal)
  expect(listed.map(({ accountId }) => accountId)).toEqual(ids)
  expect(pages).toBe(3)
})

import { randomUUID } from 'node:crypto'
import {
  DeleteItemCommand,
  DynamoDBClient,
  ScanCommand,
  type UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, beforeEach, describe, expect, it, type TestContext, vi } from 'vitest'
import type { FakeSmokeball, FakeSmokeballOptions } from '../../infra/fake-smokeball/fake-smokeball.ts'
import { startFakeSmokeball } from '../../infra/fake-smokeball/start-fake-smokeball.ts'
import { type Engines, startEngines } from '../../infra/local/engines/engines.ts'
import { tableName } from '../../infra/operate/local-account.ts'
import { variables } from '../../shared/runtime/environment.ts'
import { receiverHeader, receiverId } from '../../shared/runtime/receiver-id.ts'
import { isTagged } from '../../shared/signing/request-id.ts'
import { systemAccountId } from '../../shared/smokeball-api/account.ts'
import { accounts as accountRegistry } from '../../shared/smokeball-api/accounts.ts'
import { recordedWrites } from '../../shared/smokeball-api/recorded-writes.ts'
import { apiSecretFor } from '../beside-fake.ts'
import { startServer } from '../infra/cli/start-server.ts'
import { accountId, callerOf } from '../infra/fake-smokeball/fake-smokeball-started.ts'
import { apiSecretId, coldStart, lambdaContext, secretId } from './cold-start.ts'

type Keeper = (event: unknown) => Promise<unknown>

const callbackUrl = 'http://127.0.0.1:9/smokeball'
const { signal } = new AbortController()
const signingKey = 'the signing key of this test'
let engines: Engines
let dynamodb: DynamoDBClient
let lines: Record<string, unknown>[]

beforeAll(async () => {
  engines = await startEngines({ consumerTimeoutMs: 30_000 })
  dynamodb = new DynamoDBClient(engines.dynamodbConfig)
})
afterAll(async () => {
  dynamodb.destroy()
  await engines.stop()
})
beforeEach(async () => {
  lines = []
  for (const level of ['info', 'warn', 'error'] as const)
    vi.spyOn(console, level).mockImplementation((line) => void lines.push(line))
  for (const { pk, sk } of await stored())
    await dynamodb.send(
      new DeleteItemCommand({ TableName: tableName, Key: { pk: pk ?? { S: '' }, sk: sk ?? { S: '' } } }),
    )
})

async function stored() {
  return (await dynamodb.send(new ScanCommand({ TableName: tableName, ConsistentRead: true }))).Items ?? []
}

interface Given extends FakeSmokeballOptions {
  /** Whether calls go at Smokeball’s rate, as deployed; the fake has none. @default false */
  isPaced?: boolean
  types?: string
  apiSecret?: Record<string, unknown>
  remainingMs?: number
}

/** Until the test ends, keepers that start call as fast as they can. */
function leavePaceOut({ onTestFinished }: Pick<TestContext, 'onTestFinished'>): void {
  const tokenBucket = () => ({ take: async () => ({ kind: 'taken', waitMs: 0 }) })
  vi.doMock('../../shared/smokeball-api/token-bucket.ts', () => ({ tokenBucket }))
  onTestFinished(() => void vi.doUnmock('../../shared/smokeball-api/token-bucket.ts'))
}

/** The keeper, cold, beside a fake Smokeball. */
async function world(context: TestContext, given: Given = {}) {
  const { types = 'contact.* error matter.updated', apiSecret, remainingMs = 60_000, ...rest } = given
  const { isPaced = false, ...options } = rest
  if (!isPaced) leavePaceOut(context)
  const fake = await startFakeSmokeball({ rateLimit: 'off', ...options })
  context.onTestFinished(() => fake.stop())
  const requestIdKey = 'key of RequestIds'
  engines.secrets.set(apiSecretId, JSON.stringify({ requestIdKey, ...apiSecretFor(fake), ...apiSecret }))
  const { clientId } = fake.credentials
  engines.secrets.set(secretId, JSON.stringify({ clientId, signingKey }))
  const start = async (patterns = types, ms = remainingMs, more = {}): Promise<Keeper> => {
    const load = () => import('../../functions/keeper/handler.ts')
    const handler = await coldStart(load, engines, {
      [variables.callbackUrl]: callbackUrl,
      [variables.eventTypes]: patterns,
      [variables.subscriptionName]: 'the stack',
      ...more,
    })
    return (event) => handler(event, lambdaContext(ms))
  }
  return { fake, requestIdKey, start, keeper: await start() }
}

const told = () =>
  lines.filter(({ subscription }) => subscription).map(({ subscription, why }) => [subscription, why])
const firms = ({ credentials }: FakeSmokeball) => credentials.accounts
const wanted = [
  ...['contact.created', 'contact.deleted', 'contact.restored', 'contact.updated'],
  ...['error', 'matter.updated'],
]

describe('connecting a firm', () => {
  it('subscribes it once, to what the handlers want, with the key', async (context) => {
    const { fake, keeper } = await world(context, { isPaced: true })
    const [firm] = firms(fake)
    expect(await keeper({ ...firm })).toMatchObject({ accountId, outcome: 'created', eventTypes: wanted })
    expect(await keeper({ accountId })).toMatchObject({ outcome: 'unchanged' })
    expect(fake.subscriptions).toMatchObject([
      {
        accountId,
        name: 'the stack',
        eventTypes: wanted,
        eventNotificationUrl: callbackUrl,
        key: signingKey,
      },
    ])
    expect(told()).toEqual([
      ['created', undefined],
      ['unchanged', undefined],
    ])
  })

  it('begins at the URL of API Gateway until the domain answers, and moves there by itself', async (context) => {
    const { fake, start } = await world(context)
    context.onTestFinished(() => void vi.unstubAllEnvs())
    const apiUrl = 'https://a.execute-api.example/smokeball'
    const silent = await start(undefined, undefined, { [variables.ownUrls]: `${apiUrl} ${callbackUrl}` })
    expect(await silent({ ...firms(fake)[0] })).toMatchObject({
      ...{ outcome: 'created', waits: { kind: 'no-answer' } },
    })
    expect(fake.subscriptions).toMatchObject([{ eventNotificationUrl: apiUrl }])
    const headers = { [receiverHeader]: receiverId(engines.queueUrl) }
    const { url, stop } = await startServer(() => ({
      status: 401,
      headers,
      body: '{"message":"Unauthorized"}',
    }))
    context.onTestFinished(stop)
    const all = { [variables.callbackUrl]: url, [variables.ownUrls]: `${apiUrl} ${url}` }
    const answered = await start(undefined, undefined, all)
    expect(await answered({})).toMatchObject({ accounts: [{ outcome: 'updated' }] })
    expect(fake.subscriptions).toMatchObject([{ eventNotificationUrl: url }])
  })

  it('keeps its refresh token where nobody can read it, and a newer one in its place', async (context) => {
    const { fake, keeper } = await world(context, { undocumented: { rotatesRefreshTokens: true } })
    const [{ refreshToken } = { refreshToken: '' }] = firms(fake)
    await keeper({ accountId, refreshToken })
    const rotated = firms(fake)[0]?.refreshToken ?? ''
    expect(rotated).not.toBe(refreshToken)
    const all = JSON.stringify([await stored(), lines])
    for (const token of [refreshToken, rotated]) expect(all).not.toContain(token)
    const asked = await tokenGrants(fake, () => keeper({}))
    expect(asked).toEqual([])
  })

  it('by a refresh token leaves nothing where there is no key to seal it with: the client would act for it', async (context) => {
    const { fake, keeper } = await world(context, { apiSecret: { tokenKey: undefined } })
    await expect(keeper({ ...firms(fake)[0] })).rejects.toThrow(/`tokenKey`/)
    expect(await stored()).toEqual([])
  })

  it('anew goes by the new refresh token at once, whatever token is still good', async (context) => {
    const { fake, keeper } = await world(context)
    await keeper({ accountId })
    expect(await tokenGrants(fake, () => keeper({ ...firms(fake)[0] }))).toHaveLength(1)
    expect(await tokenGrants(fake, () => keeper({ accountId }))).toEqual([])
  })

  describe('by a refresh token that', () => {
    const many = { accounts: ['firm-1', 'firm-2'], apiSecret: { actsFor: 'many' } }
    const tokenOf = (fake: FakeSmokeball, id: string) => firms(fake).find((firm) => firm.accountId === id)
    const sealed = async () => Object.fromEntries((await stored()).map(({ sk, token }) => [sk?.S, token?.S]))
    const isConnected = async () => (await stored()).some(({ added }) => added)

    it('Smokeball does not take changes nothing, and says so', async (context) => {
      const { fake, keeper, start } = await world(context)
      await keeper({ ...firms(fake)[0] })
      const before = [await sealed(), fake.subscriptions]
      const failed = keeper({ accountId, refreshToken: 'never-issued' })
      await expect(failed).rejects.toMatchObject({
        code: 'REFRESH_TOKEN_REFUSED',
        message: expect.stringMatching(
          /does not take this refresh token .* stays\. Let one of the firm's users sign in/,
        ),
      })
      await expect(failed).rejects.not.toThrow(/never-issued/)
      expect([await sealed(), fake.subscriptions]).toEqual(before)
      expect(told()).toEqual([['created', undefined]])
      expect(await (await start())({})).toMatchObject({ accounts: [{ outcome: 'unchanged' }] })
    })

    it('Smokeball does not take connects no new firm', async (context) => {
      const { keeper } = await world(context)
      await expect(keeper({ accountId, refreshToken: 'never-issued' })).rejects.toThrow(/does not take/)
      expect(await isConnected()).toBe(false)
    })

    it.for(['with a subscription', 'without one'])(
      'is of another firm %s changes nothing',
      async (other, context) => {
        const { fake, keeper } = await world(context, many)
        await keeper({ ...tokenOf(fake, 'firm-1') })
        if (other === 'with a subscription') await keeper({ ...tokenOf(fake, 'firm-2') })
        // One that is gone is made again: by whom, that firm would notice.
        fake.loseSubscriptions('firm-1')
        const before = [await sealed(), fake.subscriptions]
        const mistaken = { ...tokenOf(fake, 'firm-2'), accountId: 'firm-1' }
        await expect(keeper(mistaken)).rejects.toThrow(/those of account firm-2, and not of firm-1/)
        expect([await sealed(), fake.subscriptions]).toEqual(before)
      },
    )

    it('may not see to subscriptions changes nothing', async (context) => {
      const { fake, keeper } = await world(context)
      await keeper({ ...firms(fake)[0] })
      const before = await sealed()
      fake.fail(1, { status: 403 }, { path: '/webhooks' })
      await expect(keeper({ accountId, refreshToken: fake.grant(accountId) })).rejects.toThrow(/403/)
      expect(await sealed()).toEqual(before)
    })

    it('works takes the place of one that does not any more', async (context) => {
      const { fake, keeper, start } = await world(context)
      await keeper({ ...firms(fake)[0] })
      fake.revoke(accountId)
      const refreshToken = fake.grant(accountId)
      expect(await (await start())({ accountId, refreshToken })).toMatchObject({ outcome: 'repaired' })
      expect(await (await start())({})).toMatchObject({ accounts: [{ outcome: 'unchanged' }] })
    })

    it('works leaves the one before in its place when the keeper ends before it is stored', async (context) => {
      const { fake, keeper, start } = await world(context)
      await keeper({ ...firms(fake)[0] })
      const before = await sealed()
      const refreshToken = fake.grant(accountId)
      const { send } = DynamoDBClient.prototype
      const spied = vi.spyOn(DynamoDBClient.prototype, 'send').mockImplementation(function (
        this: DynamoDBClient,
        command: object,
      ) {
        const { ExpressionAttributeNames = {} } = (command as UpdateItemCommand).input
        // It never comes back.
        return '#token' in ExpressionAttributeNames
          ? new Promise(() => {})
          : Reflect.apply(send, this, [command])
      } as never)
      const ended = new Promise((resolve) => setTimeout(resolve, 500, 'ended'))
      expect(await Promise.race([keeper({ accountId, refreshToken }), ended])).toBe('ended')
      spied.mockRestore()
      expect(await sealed()).toEqual(before)
      expect(await (await start())({ accountId, refreshToken })).toMatchObject({ outcome: 'unchanged' })
      expect(await sealed()).not.toEqual(before)
      expect(await (await start())({})).toMatchObject({ accounts: [{ outcome: 'unchanged' }] })
    })

    it('is replaced with each use is not lost to a failure that passes', async (context) => {
      const { fake, keeper, start } = await world(context, { undocumented: { rotatesRefreshTokens: true } })
      // What the backend has, whatever Smokeball gives meanwhile.
      const firm = { ...firms(fake)[0] }
      fake.fail(1, { status: 400 }, { path: '/webhooks' })
      await expect(keeper(firm)).rejects.toThrow(/400/)
      expect(await (await start())({})).toMatchObject({ accounts: [{ outcome: 'created' }] })
      await expect(keeper(firm)).rejects.toThrow(/does not take/)
      expect(await (await start())({})).toMatchObject({ accounts: [{ outcome: 'unchanged' }] })
    })

    it('works is kept when there is nothing to subscribe to', async (context) => {
      const { fake, keeper, start } = await world(context, { types: '-' })
      await expect(keeper({ ...firms(fake)[0] })).rejects.toThrow(/ask for no event type/)
      expect((await sealed())[accountId]).toEqual(expect.any(String))
      expect(await (await start('matter.updated'))({})).toMatchObject({ accounts: [{ outcome: 'created' }] })
    })
  })

  it('twice at once makes one subscription', async (context) => {
    const { fake, keeper, start } = await world(context)
    const other = await start()
    const answers = await Promise.all([keeper({ accountId }), other({ accountId }), keeper({ accountId })])
    expect(answers.map((answer) => (answer as { outcome: string }).outcome).toSorted()).toEqual([
      'created',
      'unchanged',
      'unchanged',
    ])
    expect(fake.subscriptions).toHaveLength(1)
  })

  it('takes over the subscription of this URL that is there, and tells of further ones', async (context) => {
    const { fake, keeper } = await world(context)
    const call = callerOf(fake, fake.credentials)
    const body = {
      key: 'another',
      name: 'by hand',
      eventTypes: ['task.updated'],
      eventNotificationUrl: callbackUrl,
    }
    for (let nth = 0; nth < 2; nth++) await call('POST', '/webhooks', body)
    await call('POST', '/webhooks', { ...body, eventNotificationUrl: 'http://127.0.0.1:9/another' })
    const [first, second] = fake.subscriptions.map(({ id }) => id)
    expect(await keeper({ accountId })).toMatchObject({
      outcome: 'updated',
      subscriptionId: first,
      duplicates: [second],
    })
    expect(fake.subscriptions[0]).toMatchObject({ name: 'by hand', key: signingKey, eventTypes: wanted })
    expect(fake.subscriptions.slice(1).map(({ key }) => key)).toEqual(['another', 'another'])
  })

  it('by a client for many names the account in each call', async (context) => {
    const accounts = ['firm-1', 'firm-2']
    const { fake, keeper } = await world(context, { accounts, apiSecret: { actsFor: 'many' } })
    for (const each of accounts) await keeper({ accountId: each })
    expect(fake.subscriptions.map((each) => each.accountId)).toEqual(accounts)
  })

  it('subscribes the system account to system events alone', async (context) => {
    const { fake, keeper } = await world(context, { types: '*' })
    await keeper({ accountId: systemAccountId })
    expect(fake.subscriptions).toMatchObject([
      { accountId: systemAccountId, eventTypes: ['mattertype.updated'] },
    ])
  })

  it('under another id than the credentials have fails, and says whose they are', async (context) => {
    const { keeper, fake } = await world(context)
    await expect(keeper({ accountId: 'another-firm' })).rejects.toThrow(
      new RegExp(`those of account ${accountId}, and not of another-firm`),
    )
    expect(fake.subscriptions).toEqual([])
  })
})

describe('looking after all firms', () => {
  const accounts = ['firm-1', 'firm-2', 'firm-3']
  const all = { apiSecret: { actsFor: 'many' }, accounts }

  it('does nothing when none is connected', async (context) => {
    const { keeper, fake } = await world(context)
    expect(await keeper({})).toEqual({ accounts: [] })
    expect(fake.requests).toEqual([])
  })

  it('puts right what vanished or was altered, and tells of it', async (context) => {
    const { keeper, fake } = await world(context, all)
    for (const firm of firms(fake)) await keeper({ ...firm })
    fake.loseSubscriptions('firm-1')
    const altered = fake.subscriptions.find((each) => each.accountId === 'firm-2')
    const change = { key: 'k', name: 'x', eventTypes: ['task.updated'], eventNotificationUrl: callbackUrl }
    await callerOf(fake, fake.credentials)('PUT', `/firm-2/webhooks/${altered?.id}`, change)
    lines = []
    expect(await keeper({})).toMatchObject({
      accounts: accounts.map((each) => ({
        accountId: each,
        outcome: each === 'firm-3' ? 'unchanged' : 'repaired',
      })),
    })
    const outcomes = told().map(([subscription]) => subscription)
    expect(outcomes.toSorted()).toEqual(['repaired', 'repaired', 'unchanged'])
    expect(fake.subscriptions).toHaveLength(3)
    for (const each of fake.subscriptions) expect(each).toMatchObject({ key: signingKey, eventTypes: wanted })
    expect(await keeper({})).toMatchObject({ accounts: accounts.map(() => ({ outcome: 'unchanged' })) })
  })

  it('takes up other types and another key, which is no repair', async (context) => {
    const { keeper, fake, start } = await world(context)
    await keeper({ ...firms(fake)[0] })
    const changed = await start('task.updated')
    expect(await changed({})).toMatchObject({
      accounts: [{ outcome: 'updated', eventTypes: ['task.updated'] }],
    })
    const { clientId } = fake.credentials
    const rotated = { clientId, signingKey: 'a new key', previousSigningKeys: [signingKey] }
    engines.secrets.set(secretId, JSON.stringify(rotated))
    expect(await (await start('task.updated'))({})).toMatchObject({ accounts: [{ outcome: 'updated' }] })
    expect(fake.subscriptions[0]?.key).toBe('a new key')
  })

  it('goes on where one firm has taken back its access', async (context) => {
    const { keeper, fake } = await world(context, all)
    for (const firm of firms(fake)) await keeper({ ...firm })
    fake.revoke('firm-1')
    for (const each of ['firm-2', 'firm-3']) fake.loseSubscriptions(each)
    lines = []
    // Its access token is good for a while, but not for this.
    const { accounts: kept } = (await keeper({})) as { accounts: Record<string, string>[] }
    expect(kept.map(({ outcome }) => outcome)).toEqual(['failed', 'repaired', 'repaired'])
    expect(told()).toContainEqual(['failed', 'credentials'])
    expect(lines.find(({ failure }) => failure)).toMatchObject({ failure: 'keeper', account: 'firm-1' })
  })

  it('fails when something may pass, after all had their turn, and is right when tried again', async (context) => {
    const { keeper, fake } = await world(context, all)
    for (const firm of firms(fake)) await keeper({ ...firm })
    for (const each of accounts) fake.loseSubscriptions(each)
    fake.fail(1, { status: 400 }, { path: '/webhooks/types' })
    await expect(keeper({})).rejects.toThrow(/1 of 3 accounts could not be looked after: firm-1/)
    expect(fake.subscriptions).toHaveLength(2)
    // Those come first that were looked at longest ago.
    const { accounts: kept } = (await keeper({})) as { accounts: { outcome: string }[] }
    expect(kept.map(({ outcome }) => outcome).toSorted()).toEqual(['repaired', 'unchanged', 'unchanged'])
    expect(fake.subscriptions).toHaveLength(3)
  })

  it('leaves those that it has no time for as they were, so that the next run begins with them', async (context) => {
    const { keeper, fake, start } = await world(context, all)
    for (const firm of firms(fake)) await keeper({ ...firm })
    const registry = accountRegistry({ client: dynamodb, tableName, now: Date.now, randomId: randomUUID })
    const before = await registry.list(signal)
    const hasty = await start(undefined, 1_000)
    expect(await hasty({})).toEqual({ accounts: [], left: 3 })
    expect(await registry.list(signal)).toEqual(before)
  })

  it('by the schedule leaves out what an earlier try has found right, and looks at all if it tells no time', async (context) => {
    const { keeper, fake } = await world(context, all)
    // However slow the machine is, the earlier try comes after it.
    const at = new Date().toISOString()
    for (const firm of firms(fake)) await keeper({ ...firm })
    expect(await keeper({ schedule: { at, everyMinutes: 60 } })).toEqual({ accounts: [] })
    const untold = { at: '<aws.scheduler.scheduled-time>', everyMinutes: 60 }
    expect(await keeper({ schedule: untold })).toMatchObject({ accounts: [{}, {}, {}] })
  })

  it('connects no firm again that is removed after they were listed', async (context) => {
    const { fetch: actual } = globalThis
    let beforeCall = async () => {}
    const spied = vi.spyOn(globalThis, 'fetch').mockImplementation(async (...call) => {
      await beforeCall()
      return actual(...call)
    })
    context.onTestFinished(() => spied.mockRestore())
    const four = [...accounts, 'firm-4']
    const { keeper, fake } = await world(context, { ...all, accounts: four })
    for (const firm of firms(fake)) await keeper({ ...firm })
    for (const each of four) fake.loseSubscriptions(each)
    const registry = accountRegistry({ client: dynamodb, tableName, now: Date.now, randomId: randomUUID })
    beforeCall = () => registry.remove('firm-4', signal)
    lines = []
    const kept = accounts.map((each) => ({ accountId: each }))
    expect(await keeper({})).toMatchObject({ accounts: kept })
    expect(told().map(([subscription]) => subscription)).toEqual(accounts.map(() => 'repaired'))
    expect(lines.filter(({ failure }) => failure)).toEqual([])
    expect((await registry.list(signal)).map((each) => each.accountId)).toEqual(accounts)
    expect(fake.subscriptions.map((each) => each.accountId).toSorted()).toEqual(accounts)
  })

  it('tells of credentials that are missing or refused as such', async (context) => {
    const { keeper, fake, requestIdKey, start } = await world(context)
    await keeper({ accountId })
    lines = []
    engines.secrets.set(apiSecretId, JSON.stringify({ requestIdKey }))
    expect(await (await start())({})).toMatchObject({ accounts: [{ outcome: 'failed' }] })
    engines.secrets.set(
      apiSecretId,
      JSON.stringify({ requestIdKey, ...apiSecretFor(fake), clientSecret: 'not-the-secret' }),
    )
    expect(await (await start())({})).toMatchObject({
      accounts: [{ problem: expect.stringContaining('us staging') }],
    })
    expect(told()).toEqual([
      ['failed', 'credentials'],
      ['failed', 'credentials'],
    ])
    expect(JSON.stringify(lines)).not.toContain('not-the-secret')
  })

  it('tells nobody the signing key, though Smokeball quotes it when it refuses a subscription', async (context) => {
    const { fetch: actual } = globalThis
    const answer = { title: 'Invalid', errors: [{ field: 'key', message: `'${signingKey}' is too short.` }] }
    const spied = vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
      const isCreate = init?.method === 'POST' && String(url).endsWith('/webhooks')
      return isCreate ? Response.json(answer, { status: 400 }) : actual(url, init)
    })
    context.onTestFinished(() => spied.mockRestore())
    const { keeper } = await world(context)
    const failed = keeper({ accountId })
    await expect(failed).rejects.toThrow("'[secret signingKey]' is too short.")
    expect(JSON.stringify([lines, await stored()])).not.toContain(signingKey)
  })

  it('has nothing to subscribe to when no handler wants what there is', async (context) => {
    const { keeper } = await world(context, { types: '-' })
    await expect(keeper({ accountId })).rejects.toThrow(/ask for no event type/)
    // Trying again would not help.
    expect(await keeper({})).toMatchObject({ accounts: [{ outcome: 'failed' }] })
  })
})

it('tells of both when neither of its two works can be done', async (context) => {
  const { keeper } = await world(context)
  vi.spyOn(DynamoDBClient.prototype, 'send').mockImplementation(() => {
    throw new Error('the table is down')
  })
  context.onTestFinished(() => void vi.mocked(DynamoDBClient.prototype.send).mockRestore())
  await expect(keeper({})).rejects.toThrow('the table is down')
  expect(lines).toContainEqual(
    expect.objectContaining({ failure: 'resend', error: expect.stringContaining('the table is down') }),
  )
})

describe('a write of the user’s backend', () => {
  it('is recorded under a new RequestId of ours, or under its own', async (context) => {
    const { keeper, requestIdKey } = await world(context)
    const write = { accountId, method: 'PATCH', path: '/matters/1', reference: 'invoice 7' }
    const { requestId } = (await keeper({ recordWrite: write })) as { requestId: string }
    expect(isTagged(requestId, [requestIdKey])).toBe(true)
    expect(await keeper({ recordWrite: { ...write, requestId: 'mine' } })).toEqual({ requestId: 'mine' })
    const { readWrite } = recordedWrites({ client: dynamodb, tableName })
    for (const id of [requestId, 'mine'])
      expect(await readWrite(id, new AbortController().signal)).toMatchObject({ ...write, requestId: id })
  })
})

it.each([
  [null, /The event is no object/],
  ['hush', /no object/],
  [{ account: 'hush' }, /There is no field `account`/],
  [{ refreshToken: 'hush' }, /`accountId` is missing/],
  [{ bringIn: 'hush' }, /`bringIn` is not `true`/],
  [{ deliveriesLost: 1 }, /`deliveriesLost` is not `true`/],
  [{ bringIn: true, accountId: 'hush' }, /There is no field `accountId` beside `bringIn`/],
  [{ recordWrite: {}, refreshToken: 'hush' }, /There is no field `refreshToken` beside `recordWrite`/],
  [{ schedule: {}, accountId: 'hush' }, /There is no field `accountId` beside `schedule`/],
  [{ accountId: 7, refreshToken: 'hush' }, /`accountId` is no text/],
  [{ accountId: 'a firm', refreshToken: 'hush' }, /`accountId` cannot be an account id/],
  [{ accountId: 'a', refreshToken: '' }, /`refreshToken` is no text, or empty/],
  [{ schedule: 'hush' }, /`schedule` is no object/],
  [{ schedule: { at: 'hush' } }, /`schedule.everyMinutes` is no number above 0/],
  [{ recordWrite: 'hush' }, /`recordWrite` is no object/],
  [{ recordWrite: { accountId: 'a', method: 'PUT' } }, /`path` is missing/],
  [
    { recordWrite: { accountId: 'a', method: 'PUT', path: '/a', reference: 'r'.repeat(257) } },
    /up to 256 characters/,
  ],
])('refuses what cannot be meant, and does not repeat it: %j', async (event, message) => {
  const { keeper } = await world({ onTestFinished: (stop: () => unknown) => void stops.push(stop) } as never)
  await expect(keeper(event)).rejects.toThrow(message)
  await expect(keeper(event)).rejects.not.toThrow(/hush/)
})

const stops: (() => unknown)[] = []
afterAll(async () => {
  for (const stop of stops) await stop()
})

/** Which grants tokens were asked by meanwhile. */
async function tokenGrants(fake: FakeSmokeball, work: () => Promise<unknown>): Promise<string[]> {
  const before = fake.requests.length
  await work()
  return fake.requests
    .slice(before)
    .filter(({ path }) => path === '/oauth2/token')
    .map(({ method }) => method)
}

import { randomBytes, randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Engines, startEngines } from '../../../infra/local/engines/engines.ts'
import { tableName } from '../../../infra/operate/local-account.ts'
import { accounts } from '../../../shared/smokeball-api/accounts.ts'
import { storedRefreshTokens } from '../../../shared/smokeball-api/stored-refresh-tokens.ts'

const { signal } = new AbortController()
const addedEpochMs = Date.UTC(2026, 10, 25)
const tokenKey = randomBytes(32)
let engines: Engines
let client: DynamoDBClient

beforeAll(async () => {
  engines = await startEngines({ consumerTimeoutMs: 1_000 })
  client = new DynamoDBClient(engines.dynamodbConfig)
})
afterAll(async () => {
  client.destroy()
  await engines.stop()
})

function world(key: Uint8Array = tokenKey) {
  const deps = { client, tableName, tokenKey: async () => key, twelveRandomBytes: () => randomBytes(12) }
  const registry = accounts({ client, tableName, now: () => addedEpochMs, randomId: randomUUID })
  return { firm: randomUUID(), registry, store: storedRefreshTokens(deps) }
}

describe('a stored refresh token', () => {
  it('connects its account, and stays that of a longer known one', async () => {
    const { firm, registry, store } = world()
    expect(await store.read(firm)).toBeUndefined()
    await store.connect(firm, 'first', addedEpochMs)
    await store.connect(firm, 'second', addedEpochMs + 1)
    expect(await store.read(firm)).toBe('second')
    const listed = (await registry.list(signal)).filter(({ accountId }) => accountId === firm)
    expect(listed).toMatchObject([{ addedEpochMs, hasRefreshToken: true }])
  })

  it('gives way to its successor', async () => {
    const { firm, store } = world()
    await store.connect(firm, 'first', addedEpochMs)
    await store.write(firm, 'second', 'first')
    expect(await store.read(firm)).toBe('second')
  })

  it('stays when what comes is the successor of a former one', async () => {
    const { firm, store } = world()
    await store.connect(firm, 'former', addedEpochMs)
    await store.connect(firm, 'of a new sign-in', addedEpochMs)
    await store.write(firm, 'successor of the former', 'former')
    expect(await store.read(firm)).toBe('of a new sign-in')
  })

  it('does not connect an account again that was removed', async () => {
    const { firm, registry, store } = world()
    await store.connect(firm, 'first', addedEpochMs)
    await registry.remove(firm, signal)
    await store.write(firm, 'second', 'first')
    expect(await store.read(firm)).toBeUndefined()
    expect((await registry.list(signal)).map(({ accountId }) => accountId)).not.toContain(firm)
  })

  it('says what to do when its key is another by now', async () => {
    const { firm, store } = world()
    await store.connect(firm, 'first', addedEpochMs)
    await expect(world(randomBytes(32)).store.read(firm)).rejects.toMatchObject({
      code: 'LOST_REFRESH_TOKEN',
      message: expect.stringContaining(`accounts add --refresh-token -- ${firm}`),
    })
  })
})

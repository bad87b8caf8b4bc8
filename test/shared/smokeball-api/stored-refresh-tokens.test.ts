import { randomBytes, randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Engines, startEngines } from '../../../infra/local/engines/engines.ts'
import { tableName } from '../../../infra/operate/local-account.ts'
import { accounts } from '../../../shared/smokeball-api/accounts.ts'
import { seal, storedRefreshTokens, unseal } from '../../../shared/smokeball-api/stored-refresh-tokens.ts'

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
      message: expect.stringContaining(`accounts add --refresh-token --stage STAGE -- ${firm}`),
    })
  })
})

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })

it('any text comes back with its key and purpose, and shows nothing without', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), bytes(32), bytes(12), (given, key, nonce) => {
      const text = given.toWellFormed()
      const sealed = seal(text, key, 'a', nonce)
      expect(unseal(sealed, key, 'a')).toBe(text)
      expect(() => unseal(sealed, key, 'b')).toThrow('cannot be read')
      expect(() =>
        unseal(
          sealed,
          Buffer.from(key).map((byte) => byte ^ 1),
          'a',
        ),
      ).toThrow('cannot be read')
    }),
  )
})

// By Python's `cryptography`: AESGCM(bytes(range(32))).encrypt(bytes(12), b'refresh token', b'of firm'), its tag in front.
it('is AES-256-GCM: nonce, tag and ciphertext', () => {
  const key = Uint8Array.from({ length: 32 }, (_, index) => index)
  const sealed = Buffer.from(seal('refresh token', key, 'of firm', new Uint8Array(12)), 'base64')
  expect(sealed.subarray(0, 12)).toEqual(Buffer.alloc(12))
  expect(sealed.subarray(12).toString('hex')).toBe(
    '254f4fce6659c6fc82fa6887543a87257cd9d3acd05feb9d7cc7c25076',
  )
})

it('is refused with any bit changed, or cut short', () => {
  const key = randomBytes(32)
  const sealed = Buffer.from(seal('refresh token', key, 'p', randomBytes(12)), 'base64')
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const changed = Buffer.from(sealed)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(() => unseal(changed.toString('base64'), key, 'p')).toThrow('cannot be read')
  }
  for (let length = 0; length < sealed.length; length++)
    expect(() => unseal(sealed.subarray(0, length).toString('base64'), key, 'p')).toThrow('cannot be read')
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accessTokens, type RefreshTokenStore } from '../../../shared/smokeball-api/access-tokens.ts'
import { credentialsFor } from './credentials.ts'
import { type IdleClock, idleClock } from './idle-clock.ts'
import { type StubSmokeball, stubSmokeball } from './stub-smokeball.ts'

let server: StubSmokeball
let clock: IdleClock

beforeEach(async () => {
  server = await stubSmokeball()
  clock = idleClock(Date.UTC(2026, 10, 23))
})
afterEach(() => server.stop())

const fetchInTime: typeof fetch = (...request) => clock.during(fetch(...request))
const form = (index: number) => Object.fromEntries(new URLSearchParams(server.tokenRequests[index]?.body))
const basic = `Basic ${Buffer.from('client-1:client-secret-1').toString('base64')}`

function tokens(refreshTokens?: RefreshTokenStore) {
  const cache = accessTokens({ fetch: fetchInTime, clock, ...(refreshTokens && { refreshTokens }) })
  const credentials = credentialsFor(server.url)
  return { drop: cache.drop, get: (accountId = 'firm') => cache.get(credentials, accountId) }
}

function storeOf(kept: Map<string, string>): RefreshTokenStore {
  return {
    read: async (accountId) => kept.get(accountId),
    write: async (accountId, token) => void kept.set(accountId, token),
  }
}

describe('an access token by client credentials', () => {
  it('is asked for with Basic and a form, and serves every account until a minute before it expires', async () => {
    const { get } = tokens()
    const first = await get()
    expect(first).toMatchObject({ value: 'access-token-1', grant: 'client-credentials' })
    expect(server.tokenRequests[0]).toMatchObject({
      method: 'POST',
      headers: {
        authorization: basic,
        'content-type': expect.stringContaining('application/x-www-form-urlencoded'),
      },
    })
    expect(form(0)).toEqual({ grant_type: 'client_credentials', client_id: 'client-1' })
    clock.set(Date.UTC(2026, 10, 23, 0, 58, 59))
    expect(await get('another firm')).toBe(first)
    clock.set(Date.UTC(2026, 10, 23, 0, 59))
    expect((await get()).value).toBe('access-token-2')
  })

  it('is asked for once, however many wait for it, and again after a failure', async () => {
    const { get } = tokens()
    server.tokenAnswers.push({ status: 503 })
    const failed = await Promise.allSettled([get(), get('b'), get()])
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    const got = await Promise.all([get(), get('b'), get('c')])
    expect(new Set(got.map(({ value }) => value))).toEqual(new Set(['access-token-1']))
    expect(server.tokenRequests).toHaveLength(2)
  })

  it('that was refused is not used again, and one that came since stays', async () => {
    const { get, drop } = tokens()
    const refused = await get()
    drop(refused)
    expect((await get()).value).toBe('access-token-2')
    drop(refused)
    expect((await get()).value).toBe('access-token-2')
  })

  it.each([
    [{ access_token: 'brief', expires_in: 60 }, 30_000],
    [{ access_token: 'unstated' }, 240_000],
  ])('of %j is used for %i ms', async (body, ms) => {
    server.tokenAnswers.push({ status: 200, body })
    expect((await tokens().get()).expiresEpochMs - clock.now()).toBe(ms)
  })
})

describe('an access token by refresh token', () => {
  it('is the account’s own', async () => {
    const { get } = tokens(storeOf(new Map([['a', 'refresh-a']])))
    expect(await get('a')).toMatchObject({ value: 'access-token-1', grant: 'refresh-token' })
    expect(await get('b')).toMatchObject({ value: 'access-token-2', grant: 'client-credentials' })
    expect(form(0)).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-a',
      client_id: 'client-1',
    })
    expect(server.tokenRequests[0]?.headers.authorization).toBe(basic)
    await get('a')
    expect(server.tokenRequests).toHaveLength(2)
  })

  it('keeps the refresh token that comes with it', async () => {
    const kept = new Map([['a', 'refresh-1']])
    server.tokenAnswers.push({ status: 200, body: { access_token: 't', refresh_token: 'refresh-2' } })
    await tokens(storeOf(kept)).get('a')
    expect(kept.get('a')).toBe('refresh-2')
  })

  it('goes by the successor that another Lambda has stored meanwhile', async () => {
    const stored = ['refresh-1', 'refresh-2']
    server.tokenAnswers.push({ status: 400, body: { error: 'invalid_grant' } })
    const { get } = tokens({ read: async () => stored.shift(), write: async () => {} })
    expect((await get('a')).grant).toBe('refresh-token')
    expect(form(1).refresh_token).toBe('refresh-2')
  })

  it('is not to be had once the firm has gone, which says what to do', async () => {
    server.tokenAnswers.push({ status: 400, body: { error: 'invalid_grant' } })
    const { get } = tokens(storeOf(new Map([['a', 'refresh-a']])))
    await expect(get('a')).rejects.toMatchObject({
      code: 'FIRM_DISCONNECTED',
      accountId: 'a',
      message: expect.stringMatching(/account a.*has to be connected again/),
    })
  })

  it('writes a successor that could not be written before the next read: Smokeball takes the used one no more', async () => {
    const kept = new Map([['a', 'refresh-1']])
    const store = storeOf(kept)
    let isDown = true
    const { get } = tokens({
      read: store.read,
      write: (...of) => (isDown ? Promise.reject(new Error('no table')) : store.write(...of)),
    })
    server.tokenAnswers.push({ status: 200, body: { access_token: 't', refresh_token: 'refresh-2' } })
    await expect(get('a')).rejects.toThrow('no table')
    await expect(get('a')).rejects.toThrow('no table')
    isDown = false
    await get('a')
    expect(server.tokenRequests.map((_, index) => form(index).refresh_token)).toEqual([
      ...['refresh-1', 'refresh-2'],
    ])
    expect(kept.get('a')).toBe('refresh-2')
  })

  it('fails when the store does', async () => {
    const store = { ...storeOf(new Map()), read: () => Promise.reject(new Error('no table')) }
    await expect(tokens(store).get('a')).rejects.toThrow('no table')
  })
})

describe('no access token', () => {
  it.each([
    [
      'a wrong client',
      { status: 400, body: { error: 'invalid_client' } },
      false,
      /400 invalid_client.*secret set/,
    ],
    ['no such client', { status: 401, body: '' }, false, /\(401\).*those of us production/],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:9/' } }, false, /\(302\)/],
    ['a page', { status: 200, body: '<html>' }, false, /\(200\)/],
    ['null', { status: 200, body: 'null' }, false, /\(200\)/],
    ['a token that fits no header', { status: 200, body: { access_token: 'a\nb' } }, false, /\(200\)/],
    ['a failure', { status: 503, headers: { 'retry-after': '7' } }, true, /\(503\)\. Try again later/],
    ['too many', { status: 429 }, true, /\(429\)/],
    ['no answer', 'broken' as const, true, /no answer/],
  ])('is to be had from %s', async (_what, answer, isPassing, message) => {
    server.tokenAnswers.push(answer)
    const thrown = await tokens()
      .get()
      .catch((error: Error) => error)
    expect(thrown).toMatchObject({
      code: 'NO_ACCESS_TOKEN',
      isPassing,
      message: expect.stringMatching(message),
    })
    expect(String(thrown)).not.toContain('client-secret-1')
  })

  it('is waited for longer than ten seconds', async () => {
    const startEpochMs = clock.now()
    const silent: typeof fetch = (_url, init) =>
      new Promise((_resolve, reject) =>
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)),
      )
    const waiting = accessTokens({ fetch: silent, clock }).get(credentialsFor(server.url), 'firm')
    await expect(waiting).rejects.toMatchObject({ isPassing: true })
    expect(clock.now() - startEpochMs).toBe(10_000)
  })
})

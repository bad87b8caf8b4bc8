import { createServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { close, listen } from '../../../infra/http/listen.ts'
import { isTagged } from '../../../shared/signing/request-id.ts'
import { MissingApiCredentials } from '../../../shared/smokeball-api/api-credentials.ts'
import { type ApiWorld, apiWorld, startEpochMs, type WorldOptions } from './api-world.ts'
import { credentialsFor, secret } from './credentials.ts'

let world: ApiWorld | undefined
afterEach(() => world?.server.stop())

async function start(options?: WorldOptions): Promise<ApiWorld> {
  world = await apiWorld(options)
  return world
}

const thrownBy = (work: Promise<unknown>) =>
  work.then(
    () => expect.unreachable('It did not throw.'),
    (error: Error & Record<string, unknown>) => error,
  )

describe('a call', () => {
  it('carries key and token, and brings the answer', async () => {
    const { call, server } = await start()
    server.answers.push({ status: 200, body: { id: '1' } })
    const response = await call('/matters/1?x=y', { headers: { UserId: 'u1' } })
    expect(await response.json()).toEqual({ id: '1' })
    expect(server.calls).toMatchObject([
      {
        method: 'GET',
        url: '/matters/1?x=y',
        headers: {
          'x-api-key': 'api-key-0123456789',
          authorization: 'Bearer access-token-1',
          accept: 'application/json',
          userid: 'u1',
        },
      },
    ])
    expect(server.calls[0]?.headers).not.toHaveProperty('requestid')
  })

  it('names its account if the client acts for many, unless the token does', async () => {
    const { call, server } = await start({ actsFor: 'many' })
    await call('/webhooks')
    expect(server.calls[0]?.url).toBe('/firm/webhooks')
    await server.stop()
    const refreshTokens = { read: async () => 'refresh', write: async () => {} }
    const connected = await start({ actsFor: 'many', refreshTokens })
    await connected.call('/webhooks')
    expect(connected.server.calls[0]?.url).toBe('/webhooks')
  })

  it('does not leave its account, whether that is named or goes without saying', async () => {
    for (const actsFor of ['one', 'many'] as const) {
      const { call, server, written } = await start({ actsFor })
      const forged = call('/another-firm/matters/x/archive?force=true&y=', { method: 'PATCH' })
      await expect(forged).rejects.toThrow(/^The path begins with .*such as another account\. Pass one like/)
      expect([server.calls, written]).toEqual([[], []])
      await server.stop()
    }
    const { call, server } = await start({ actsFor: 'one' })
    await call('/firm/matters')
    expect(server.calls[0]?.url).toBe('/firm/matters')
  })

  it('takes an answer without a body, and one that is bytes', async () => {
    const { call, server } = await start()
    server.answers.push(
      { status: 204 },
      { status: 200, body: 'bytes', headers: { 'content-type': 'image/png' } },
    )
    expect((await call('/a')).status).toBe(204)
    expect(await (await call('/b')).text()).toBe('bytes')
  })
})

describe('a write', () => {
  it('carries a RequestId of ours and is recorded before it is sent', async () => {
    const { call, server, readWrite } = await start()
    const context = { handler: 'sync', eventId: 'e1', resource: 'firm|matter|1' }
    await call('/matters/1', { method: 'put', body: '{}', reference: 'invoice 7' }, context)
    const [sent] = server.calls
    expect(sent).toMatchObject({ method: 'PUT', body: '{}', headers: { 'content-type': 'application/json' } })
    const requestId = String(sent?.headers.requestid)
    expect(isTagged(requestId, [secret.requestIdKey])).toBe(true)
    expect(await readWrite(requestId)).toEqual({
      requestId,
      accountId: 'firm',
      method: 'PUT',
      path: '/matters/1',
      atEpochMs: startEpochMs,
      reference: 'invoice 7',
      ...context,
    })
  })

  it('keeps its RequestId in every try, and is recorded once', async () => {
    const { call, server, written } = await start()
    server.answers.push({ status: 429 }, { status: 401 }, { status: 429 })
    await call('/matters', { method: 'POST', headers: { RequestId: 'another' } })
    expect(server.calls).toHaveLength(4)
    expect(new Set(server.calls.map(({ headers }) => headers.requestid))).toEqual(
      new Set([written[0]?.requestId]),
    )
    expect(written).toHaveLength(1)
  })

  it('is not sent if it cannot be recorded', async () => {
    const recordWrite = () => Promise.reject(new Error('no table'))
    const { call, server } = await start({ deps: { recordWrite } })
    await expect(call('/matters', { method: 'POST' })).rejects.toThrow('no table')
    expect(server.calls).toEqual([])
  })

  it('is not recorded if no turn is left for it: the loop guard counts what is sent', async () => {
    const bucket = { take: async () => ({ kind: 'full' as const, waitMs: 60_000 }) }
    const { call, written } = await start({ deps: { bucket } })
    await expect(call('/matters', { method: 'POST' })).rejects.toThrow(/calls a second/)
    expect(written).toEqual([])
  })
})

describe('an answer other than 2xx', () => {
  it('is thrown, with what it says and what to do', async () => {
    const { call, server } = await start()
    server.answers.push({ status: 400, body: { title: 'Invalid', errors: [{ field: 'number' }] } })
    expect(await thrownBy(call('/matters/1', { method: 'PUT' }))).toMatchObject({
      code: 'SMOKEBALL_ERROR',
      status: 400,
      title: 'Invalid',
      errors: [{ field: 'number' }],
    })
    expect(server.calls).toHaveLength(1)
  })

  it('never tells key, token or secret, though it quotes them', async () => {
    const { call, server } = await start()
    server.answers.push({ status: 403, body: `${secret.apiKey} access-token-1 ${secret.clientSecret}` })
    const error = await thrownBy(call('/matters/1'))
    expect(error.detail).toBe('[secret apiKey] [secret token] [secret clientSecret]')
    expect(`${error.message} ${error.stack}`).not.toMatch(/0123456789|access-token-1|client-secret-1/)
  })

  it('of a redirect is not followed, so that the key stays here', async () => {
    const { call, server } = await start()
    const elsewhere = createServer()
    server.answers.push({ status: 302, headers: { location: await listen(elsewhere) } })
    elsewhere.on('request', () => expect.unreachable('It was followed.'))
    expect(await thrownBy(call('/matters/1', { redirect: 'follow' }))).toMatchObject({ status: 302 })
    await close(elsewhere)
  })

  it('401 has the call sent again with a new token, once', async () => {
    const { call, server } = await start()
    server.answers.push({ status: 401 })
    expect((await call('/matters/1')).status).toBe(200)
    expect(server.calls.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer access-token-1',
      'Bearer access-token-2',
    ])
    server.answers.push({ status: 401 }, { status: 401 })
    expect(await thrownBy(call('/matters/1'))).toMatchObject({ status: 401 })
    expect(server.calls).toHaveLength(4)
  })
})

describe('a call is repeated', () => {
  it.each([
    [429, 'POST'],
    [429, 'GET'],
    [500, 'GET'],
    [503, 'PUT'],
    [502, 'DELETE'],
  ])('after %i to a %s, with growing waits', async (status, method) => {
    const { call, server, sentAtMs } = await start()
    server.answers.push({ status }, { status }, { status }, { status })
    expect((await call('/matters/1', { method })).ok).toBe(true)
    expect(sentAtMs).toEqual([0, 250, 750, 1_750, 3_750])
  })

  it.each([
    [500, 'POST'],
    [503, 'PATCH'],
    [501, 'GET'],
    [404, 'GET'],
  ])('but not after %i to a %s', async (status, method) => {
    const { call, server } = await start()
    server.answers.push({ status })
    expect(await thrownBy(call('/matters/1', { method }))).toMatchObject({ status })
    expect(server.calls).toHaveLength(1)
  })

  it('no sooner than Retry-After says, in seconds or as a date', async () => {
    const { call, server, sentAtMs } = await start()
    const date = new Date(startEpochMs + 5_000).toUTCString()
    server.answers.push({ status: 429, headers: { 'retry-after': '3' } })
    server.answers.push({ status: 503, headers: { 'retry-after': date } })
    await call('/matters/1')
    expect(sentAtMs).toEqual([0, 3_000, 5_000])
  })

  it('up to five times, then the answer is thrown, or RetryAfter for 429', async () => {
    const { call, server } = await start()
    server.answers.push(...Array.from({ length: 5 }, () => ({ status: 500 })))
    expect(await thrownBy(call('/matters/1'))).toMatchObject({ code: 'SMOKEBALL_ERROR', status: 500 })
    server.answers.push(...Array.from({ length: 5 }, () => ({ status: 429 })))
    const error = await thrownBy(call('/matters/1'))
    expect(error).toMatchObject({ code: 'RETRY_AFTER', cause: { status: 429 } })
    expect(server.calls).toHaveLength(10)
  })

  it('without an answer, if that does no harm', async () => {
    const { call, server } = await start()
    server.answers.push('broken')
    expect((await call('/matters/1', { method: 'PUT' })).ok).toBe(true)
    server.answers.push('broken')
    expect(await thrownBy(call('/matters', { method: 'POST' }))).toMatchObject({
      code: 'SMOKEBALL_UNREACHABLE',
      wasNeverSent: false,
      message: expect.stringMatching(/may have been carried out all the same/),
    })
    expect(server.calls).toHaveLength(3)
  })

  it('if it was never sent, a POST too', async () => {
    const down = createServer()
    const url = await listen(down)
    await close(down)
    const credentials = async () => ({ ...credentialsFor(url), authUrl: world?.server.url ?? '' })
    const { call, sentAtMs, written } = await start({ deps: { credentials } })
    expect(await thrownBy(call('/matters', { method: 'POST' }))).toMatchObject({
      code: 'SMOKEBALL_UNREACHABLE',
      wasNeverSent: true,
      message: expect.stringMatching(
        /got no answer from 127\.0\.0\.1:\d+ \(ECONNREFUSED\)\. Try again later/,
      ),
    })
    expect(sentAtMs).toHaveLength(5)
    expect(written).toHaveLength(1)
  })

  it('without a token at first, and not if the client is refused', async () => {
    const { call, server, written } = await start()
    server.tokenAnswers.push({ status: 503 })
    await call('/matters', { method: 'POST' })
    expect(server.calls).toHaveLength(1)
    await server.stop()
    const refused = await start()
    refused.server.tokenAnswers.push({ status: 400, body: { error: 'invalid_client' } })
    expect(await thrownBy(refused.call('/matters', { method: 'POST' }))).toMatchObject({
      code: 'NO_ACCESS_TOKEN',
    })
    expect([written.length, refused.written.length]).toEqual([1, 0])
  })
})

describe('time', () => {
  it('is shared: calls keep to five a second', async () => {
    const { call, sentAtMs } = await start()
    await Promise.all(Array.from({ length: 8 }, () => call('/matters/1')))
    expect(sentAtMs).toEqual([0, 0, 0, 0, 200, 400, 600, 800])
  })

  const endingIn = (ms: number) => ({
    limit: { signalEpochMs: startEpochMs + ms, signal: new AbortController().signal },
  })

  it('that does not suffice for a call has it put off, unsent', async () => {
    const { call, server } = await start()
    expect(await thrownBy(call('/matters/1', {}, endingIn(1_000)))).toMatchObject({ code: 'RETRY_AFTER' })
    expect(server.calls).toEqual([])
  })

  it('that does not suffice for a place has the call put off', async () => {
    const { call, server } = await start()
    const calls = Array.from({ length: 12 }, () => call('/matters/1', {}, endingIn(2_000)))
    const settled = await Promise.allSettled(calls)
    const late = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    expect(late.length).toBeGreaterThan(2)
    for (const error of late)
      expect(error).toMatchObject({ code: 'RETRY_AFTER', message: expect.stringMatching(/5 calls a second/) })
    expect(server.calls).toHaveLength(12 - late.length)
  })

  it('that Retry-After goes beyond has the call put off for so long', async () => {
    const { call, server } = await start()
    server.answers.push({ status: 429, headers: { 'retry-after': '60' } })
    expect(await thrownBy(call('/matters/1'))).toMatchObject({
      code: 'RETRY_AFTER',
      delayMs: 60_000,
      cause: { status: 429 },
    })
  })

  const silent: typeof fetch = (url, init) =>
    String(url).endsWith('/oauth2/token')
      ? fetch(url, init)
      : new Promise((_resolve, reject) =>
          init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)),
        )

  it('is not spent on silence: after ten seconds the call is sent again, until it is put off', async () => {
    const { call, clock } = await start({ deps: { fetch: silent } })
    expect(await thrownBy(call('/matters/1'))).toMatchObject({ code: 'RETRY_AFTER' })
    expect(clock.now() - startEpochMs).toBe(26_900)
  })

  it('of a silent write ends with a word of warning', async () => {
    const { call, clock } = await start({ deps: { fetch: silent } })
    expect(await thrownBy(call('/matters', { method: 'POST' }))).toMatchObject({
      code: 'SMOKEBALL_UNREACHABLE',
      message: expect.stringMatching(/TimeoutError\)\. It may have been carried out/),
    })
    expect(clock.now() - startEpochMs).toBe(10_000)
    const short = call('/matters', { method: 'POST' }, endingIn(15_000))
    expect(await thrownBy(short)).toMatchObject({
      code: 'RETRY_AFTER',
      message: expect.stringMatching(/may have been carried out/),
    })
  })

  it('ends when the caller says so, or the time limit, with their reason', async () => {
    const { call, server } = await start({ deps: { fetch: silent } })
    const caller = new AbortController()
    const waiting = thrownBy(call('/matters/1', { signal: caller.signal }))
    setImmediate(() => caller.abort(new Error('changed my mind')))
    expect((await waiting).message).toBe('changed my mind')
    const limit = { signalEpochMs: startEpochMs + 27_000, signal: AbortSignal.abort(new Error('the end')) }
    expect((await thrownBy(call('/matters/1', {}, { limit }))).message).toBe('the end')
    expect(server.calls).toEqual([])
  })
})

describe('what cannot be meant', () => {
  it.each([
    ['a path to another host', '//evil.test', {}, /The path does not begin with one slash/],
    ['a path out of the account', '/../other/matters', {}, /The path has '\.' or '\.\.' as a part/],
    ['a reference without end', '/a', { method: 'POST', reference: 'r'.repeat(257) }, /up to 256 characters/],
    ['a stream', '/a', { method: 'POST', body: new ReadableStream() }, /The body is a stream/],
  ])('is refused and not sent: %s', async (_what, path, init, message) => {
    const { call, server } = await start()
    expect(await thrownBy(call(path, init))).toMatchObject({
      code: 'INVALID_API_CALL',
      message: expect.stringMatching(message),
    })
    expect([server.calls, server.tokenRequests]).toEqual([[], []])
  })

  it('without credentials, the command that sets them is named', async () => {
    const credentials = () => Promise.reject(new MissingApiCredentials(['`apiKey` is missing']))
    const { call } = await start({ deps: { credentials } })
    await expect(call('/matters/1')).rejects.toThrow(
      /`apiKey` is missing.*npx smokeball-webhooks secret set --stage STAGE/,
    )
  })
})

import { expect, it, type TestContext } from 'vitest'
import {
  accountId,
  askToken,
  callerOf,
  contactId,
  manualClock,
  matterId,
  startedFake,
  taskId,
  tokenOf,
} from './fake-smokeball-started.ts'

const systemAccountId = '00000000-0000-0000-0000-000000000000'
const otherAccountId = 'another-firm'
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/
const subscription = {
  key: 'a key',
  name: 'mine',
  eventTypes: ['matter.updated', 'error'],
  eventNotificationUrl: 'https://example.com/webhook',
}
const problem = (status: number) => ({
  status,
  contentType: 'application/problem+json; charset=utf-8',
  body: {
    ...{ type: expect.any(String), title: expect.any(String), status, detail: expect.any(String) },
    errors: expect.any(Array),
  },
})

async function subscribed(test: TestContext, options = {}) {
  const { fake, call } = await startedFake(test, options)
  const { body } = await call('POST', '/webhooks', subscription)
  return { fake, call, id: String(body.id) }
}

it('gives tokens for client credentials and for a refresh token', async (test) => {
  const { fake } = await startedFake(test, { tokenSeconds: 60, clientId: 'me' })
  const { url, credentials } = fake
  const form = { grant_type: 'client_credentials', client_id: 'me' }
  expect(await askToken(url, credentials, form)).toMatchObject({
    status: 200,
    body: { access_token: expect.any(String), token_type: 'Bearer', expires_in: 60 },
  })
  const { refreshToken = '' } = credentials.accounts[0] ?? {}
  const refreshed = await askToken(url, credentials, {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
  })
  expect(refreshed.status).toBe(200)
  expect(refreshed.body).not.toHaveProperty('refresh_token')
})

it.for([
  ['a wrong secret', { clientSecret: 'x' }, {}, 401, 'invalid_client'],
  ['no client id in the form', {}, { client_id: undefined }, 400, 'invalid_request'],
  ['another client id in the form', {}, { client_id: 'x' }, 400, 'invalid_request'],
  ['another grant', {}, { grant_type: 'password' }, 400, 'unsupported_grant_type'],
  ['a scope that the client lacks', {}, { scope: 'webhooks/read all' }, 400, 'invalid_scope'],
  ['a refresh token of nobody', {}, { grant_type: 'refresh_token' }, 400, 'invalid_grant'],
] as const)('gives no token for %s', async ([, changedClient, changedForm, status, error], test) => {
  const { fake } = await startedFake(test)
  const { credentials } = fake
  const form = { grant_type: 'client_credentials', client_id: credentials.clientId, ...changedForm }
  const given = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const answer = await askToken(fake.url, { ...credentials, ...changedClient }, Object.fromEntries(given))
  expect(answer).toMatchObject({ status, body: { error } })
})

it('takes token requests only as forms that are posted', async (test) => {
  const { fake } = await startedFake(test)
  const url = `${fake.url}/oauth2/token`
  expect((await fetch(url)).status).toBe(405)
  expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(400)
})

it('ends tokens after their time, and rotates refresh tokens if told to', async (test) => {
  const clock = manualClock()
  const options = { clock, tokenSeconds: 60, undocumented: { rotatesRefreshTokens: true } }
  const { fake, call } = await startedFake(test, options)
  expect((await call('GET', '/webhooks')).status).toBe(200)
  clock.advance(59_999)
  expect((await call('GET', '/webhooks')).status).toBe(200)
  clock.advance(1)
  expect(await call('GET', '/webhooks')).toMatchObject(problem(401))

  const form = {
    grant_type: 'refresh_token',
    refresh_token: fake.credentials.accounts[0]?.refreshToken ?? '',
  }
  const { body } = await askToken(fake.url, fake.credentials, form)
  expect(body.refresh_token).toBe(fake.credentials.accounts[0]?.refreshToken)
  expect((await askToken(fake.url, fake.credentials, form)).body.error).toBe('invalid_grant')
})

it('refuses a token of another region, though all else is the same', async (test) => {
  const same = { clientId: 'me', clientSecret: 's', apiKey: 'k', random: () => 0 }
  const { fake: us } = await startedFake(test, same)
  const { call: callAu } = await startedFake(test, same)
  const authorization = `Bearer ${await tokenOf(us.url, us.credentials)}`
  expect(await callAu('GET', '/webhooks', undefined, { authorization })).toMatchObject(problem(401))
})

it('refuses wrong keys, tokens and scopes with the statuses that are set', async (test) => {
  const { call } = await startedFake(test, { scopes: ['webhooks/read'] })
  expect(await call('GET', '/webhooks', undefined, { 'x-api-key': 'x' })).toMatchObject(problem(403))
  expect(await call('GET', '/webhooks', undefined, { authorization: 'Bearer x' })).toMatchObject(problem(401))
  expect(await call('POST', '/webhooks', subscription)).toMatchObject(problem(403))
  expect((await call('GET', '/webhooks')).status).toBe(200)

  const refusals = { apiKey: 401, token: 403, scope: 401 } as const
  const { call: other } = await startedFake(test, { scopes: ['webhooks/write'], undocumented: { refusals } })
  expect((await other('GET', '/webhooks', undefined, { 'x-api-key': 'x' })).status).toBe(401)
  expect((await other('GET', '/webhooks', undefined, { authorization: 'Bearer x' })).status).toBe(403)
  expect((await other('GET', '/webhooks')).status).toBe(401)
})

it('refuses the token of one client with the key of another', async (test) => {
  const { fake, call } = await startedFake(test)
  const { apiKey } = fake.addClient()
  expect((await call('GET', '/webhooks', undefined, { 'x-api-key': apiKey })).status).toBe(401)
})

it('lets a client that may act for several accounts name one in the path', async (test) => {
  const { fake, call } = await startedFake(test, { accounts: [accountId, otherAccountId] })
  expect(await call('GET', '/webhooks')).toMatchObject(problem(400))
  expect(await call('GET', '/a-stranger/webhooks')).toMatchObject(problem(403))
  const { body } = await call('POST', `/${otherAccountId}/webhooks`, subscription)
  expect(body.accountId).toBe(otherAccountId)
  expect((await call('GET', `/${accountId}/webhooks`)).body.value).toEqual([])
  expect((await call('GET', `/${accountId}/webhooks/${body.id}`)).status).toBe(404)
  expect((await call('GET', `/${otherAccountId}/webhooks/${body.id}`)).status).toBe(200)

  const { refreshToken = '' } = fake.credentials.accounts[1] ?? {}
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken }
  const bound = await askToken(fake.url, fake.credentials, form)
  const headers = { authorization: `Bearer ${bound.body.access_token}` }
  expect((await call('GET', '/webhooks', undefined, headers)).body.size).toBe(1)
  expect((await call('GET', `/${accountId}/webhooks`, undefined, headers)).status).toBe(403)
})

it('lets 5 calls a second pass, and bursts of 5, for each client', async (test) => {
  const clock = manualClock()
  const rateLimit = { perSecond: 5, burst: 5 }
  const { fake, call } = await startedFake(test, { clock, rateLimit })
  const other = callerOf(fake, fake.addClient())
  const statuses = async (count: number, as = call) => {
    const answers = await Promise.all(Array.from({ length: count }, () => as('GET', '/webhooks/types')))
    return answers.map(({ status }) => status).sort()
  }
  expect(await statuses(7)).toEqual([200, 200, 200, 200, 200, 429, 429])
  expect(await statuses(1, other)).toEqual([200])
  clock.advance(199)
  expect(await statuses(1)).toEqual([429])
  clock.advance(1)
  expect(await statuses(2)).toEqual([200, 429])
  clock.advance(60_000)
  expect(await statuses(6)).toEqual([200, 200, 200, 200, 200, 429])
  expect((await call('GET', '/webhooks')).headers.has('retry-after')).toBe(false)

  const undocumented = { retryAfterOn429: true }
  const { call: told } = await startedFake(test, {
    clock,
    rateLimit: { perSecond: 0.5, burst: 0 },
    undocumented,
  })
  const refused = await told('GET', '/webhooks')
  expect(refused).toMatchObject(problem(429))
  expect(refused.headers.get('retry-after')).toBe('2')
})

it('keeps subscriptions, and never tells their keys', async (test) => {
  const { fake, call } = await startedFake(test)
  const types = (await call('GET', '/webhooks/types')).body.value
  expect(types).toContain('matter.updated')
  expect(types).not.toContain('noop')

  const created = await call('POST', '/webhooks', subscription)
  const { key: _, ...shown } = subscription
  expect(created).toMatchObject({ status: 200, body: { ...shown, accountId } })
  expect(created.body.id).toMatch(guid)
  expect(String(created.body.lastUpdated)).toMatch(/^\d{18}$/)
  expect(created.body.createdDateUtc).toBe(created.body.updatedDateUtc)
  const path = `/webhooks/${created.body.id}`
  expect((await call('GET', path)).body).toEqual(created.body)

  const changed = await call('PUT', path, { ...subscription, key: 'new', name: 'renamed' })
  expect(changed).toMatchObject({ status: 200, body: { id: created.body.id, name: 'renamed' } })
  expect(fake.subscriptions).toMatchObject([{ key: 'new', name: 'renamed' }])
  const answers = [created, changed, await call('GET', path), await call('GET', '/webhooks')]
  for (const { body } of answers) expect(Object.keys(body.value?.[0] ?? body)).not.toContain('key')

  expect((await call('DELETE', path)).status).toBe(200)
  for (const method of ['GET', 'PUT', 'DELETE'])
    expect(await call(method, path, method === 'PUT' ? subscription : undefined)).toMatchObject(problem(404))
  expect(await call('POST', `${path}/notify`)).toMatchObject(problem(404))
})

it('lists subscriptions that were created at once in the order of their creation, by their times too', async (test) => {
  const { fake, call } = await startedFake(test, { clock: manualClock() })
  for (let nth = 0; nth < 3; nth++) await call('POST', '/webhooks', subscription)
  const { value } = (await call('GET', '/webhooks')).body
  const times = value.map(({ createdDateUtc }: { createdDateUtc: string }) => createdDateUtc)
  expect(times).toEqual([...new Set(times)].sort())
  expect(value.map(({ id }: { id: string }) => id)).toEqual(fake.subscriptions.map(({ id }) => id))
})

it('drops or keeps a key that an update leaves out, as told', async (test) => {
  const { key: _, ...withoutKey } = subscription
  const { fake, call, id } = await subscribed(test)
  await call('PUT', `/webhooks/${id}`, withoutKey)
  expect(fake.subscriptions[0]?.key).toBeUndefined()

  const keeping = await subscribed(test, { undocumented: { omittedKey: 'kept' } })
  await keeping.call('PUT', `/webhooks/${keeping.id}`, withoutKey)
  expect(keeping.fake.subscriptions[0]?.key).toBe('a key')
})

it.for([
  ['no URL', { eventNotificationUrl: undefined }, 'eventNotificationUrl'],
  ['a URL of another kind', { eventNotificationUrl: 'ftp://example.com' }, 'eventNotificationUrl'],
  ['no types', { eventTypes: [] }, 'eventTypes'],
  ['a wildcard', { eventTypes: ['matter.*'] }, 'eventTypes'],
  ['a key that is no text', { key: 1 }, 'key'],
  ['a name that is no text', { name: 1 }, 'name'],
] as const)('refuses a subscription with %s, and says which field', async ([, change, field], test) => {
  const { call } = await startedFake(test)
  const answer = await call('POST', '/webhooks', { ...subscription, ...(change as object) })
  expect(answer).toMatchObject(problem(400))
  expect(answer.body.errors).toEqual([{ field, message: expect.any(String) }])
})

it('refuses bodies that are no JSON object', async (test) => {
  const { fake, call } = await startedFake(test)
  expect((await call('POST', '/webhooks')).body.errors).toEqual([{ field: '', message: 'Not JSON.' }])
  const headers = {
    'x-api-key': fake.credentials.apiKey,
    authorization: `Bearer ${await tokenOf(fake.url, fake.credentials)}`,
  }
  const response = await fetch(`${fake.url}/matters`, { method: 'POST', headers, body: '[]' })
  expect(response.status).toBe(400)
})

it('takes types that are not listed if told to', async (test) => {
  const { call } = await startedFake(test, { undocumented: { unlistedTypes: 'accepted' } })
  const answer = await call('POST', '/webhooks', { ...subscription, eventTypes: ['brand.new'] })
  expect(answer.status).toBe(200)
})

it('takes only system events for the account that is none', async (test) => {
  const { call } = await startedFake(test)
  const path = `/${systemAccountId}/webhooks`
  const wanted = { ...subscription, eventTypes: ['mattertype.updated', 'matter.updated'] }
  expect((await call('POST', path, wanted)).body.errors).toEqual([
    { field: 'eventTypes', message: expect.stringContaining('matter.updated is no system event') },
  ])
  const created = await call('POST', path, { ...subscription, eventTypes: ['mattertype.updated'] })
  expect(created.body.accountId).toBe(systemAccountId)
})

it("does not let a client touch another's subscription, and hides or lists it as told", async (test) => {
  const { fake, id } = await subscribed(test)
  const other = callerOf(fake, fake.addClient())
  const path = `/webhooks/${id}`
  for (const [method, at] of [
    ['GET', path],
    ['PUT', path],
    ['DELETE', path],
    ['POST', `${path}/notify`],
  ] as const)
    expect(await other(method, at, method === 'PUT' ? subscription : undefined)).toMatchObject(problem(403))
  expect((await other('GET', '/webhooks')).body.size).toBe(0)

  const listing = await subscribed(test, { undocumented: { foreignSubscriptions: 'listed' } })
  const stranger = callerOf(listing.fake, listing.fake.addClient())
  expect((await stranger('GET', '/webhooks')).body.size).toBe(1)
})

it('pages lists, with links to the other pages', async (test) => {
  const { fake, call } = await startedFake(test)
  for (let nth = 0; nth < 5; nth += 1) await call('POST', '/webhooks', { ...subscription, name: `${nth}` })
  const link = (offset: number) => ({ href: `${fake.url}/webhooks?Offset=${offset}&Limit=2` })
  const page = await call('GET', '/webhooks?Offset=2&Limit=2')
  expect(page.body).toMatchObject({
    ...{ value: [{ name: '2' }, { name: '3' }], offset: 2, limit: 2, size: 5 },
    ...{ first: link(0), previous: link(0), next: link(4), last: link(4) },
  })
  expect((await call('GET', '/webhooks')).body).toMatchObject({ limit: 500, previous: null, next: null })
  expect((await call('GET', '/webhooks?offset=4&limit=2')).body).toMatchObject({ next: null })
  for (const query of ['Limit=501', 'Limit=0', 'Limit=x', 'Offset=-1'])
    expect(await call('GET', `/webhooks?${query}`)).toMatchObject(problem(400))
})

it('loses subscriptions on demand', async (test) => {
  const { fake, call, id } = await subscribed(test)
  fake.loseSubscriptions(otherAccountId)
  expect(fake.subscriptions).toHaveLength(1)
  fake.loseSubscriptions(accountId)
  expect((await call('GET', '/webhooks')).body.value).toEqual([])
  expect(await call('GET', `/webhooks/${id}`)).toMatchObject(problem(404))
})

it('loses them when the firm revokes access, until it grants it again', async (test) => {
  const { fake, call } = await subscribed(test)
  const { refreshToken = '' } = fake.credentials.accounts[0] ?? {}
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken }
  fake.revoke(accountId)
  expect((await askToken(fake.url, fake.credentials, form)).body.error).toBe('invalid_grant')
  expect(await call('GET', '/webhooks')).toMatchObject(problem(401))

  const granted = fake.grant(accountId)
  expect(fake.credentials.accounts).toEqual([{ accountId, refreshToken: granted }])
  expect((await askToken(fake.url, fake.credentials, form)).status).toBe(400)
  const again = { ...form, refresh_token: granted }
  expect((await askToken(fake.url, fake.credentials, again)).status).toBe(200)
  expect((await call('GET', '/webhooks')).body.value).toEqual([])

  const lenient = await subscribed(test, { undocumented: { revokedAccessTokens: 'valid' } })
  lenient.fake.revoke(accountId)
  expect((await lenient.call('GET', '/webhooks')).body.value).toEqual([])
})

it('loses them when the refresh token expires, also if access is granted again later', async (test) => {
  const clock = manualClock()
  const { fake, call } = await subscribed(test, { clock, refreshTokenSeconds: 600 })
  clock.advance(600_000)
  fake.grant(accountId)
  expect((await call('GET', '/webhooks')).body.value).toEqual([])
})

it('keeps matters, contacts and tasks, whose writes are accepted with a link', async (test) => {
  const { fake, call } = await startedFake(test)
  const requestId = '11111111-2222-4333-8444-555555555555'
  const written = await call('PATCH', `/matters/${matterId}`, { title: 'New' }, { RequestId: requestId })
  expect(written).toMatchObject({ status: 202, body: { id: matterId, method: 'GET' } })
  expect(written.headers.get('requestid')).toBe(requestId)
  await fake.settled()
  const patched = (await call('GET', `/matters/${matterId}`)).body
  expect(patched).toMatchObject({ title: 'New', number: '10001' })
  const other = callerOf(fake, fake.addClient())
  expect((await other('GET', `/matters/${matterId}`)).body).toEqual(patched)

  await call('PUT', `/contacts/${contactId}`, { externalSystemId: 'E' })
  const { body: link } = await call('POST', '/tasks', { subject: 'Call back' })
  await call('DELETE', `/tasks/${taskId}`)
  await fake.settled()
  expect((await call('GET', `/contacts/${contactId}`)).body).toEqual({
    ...{ id: contactId, externalSystemId: 'E', versionId: expect.stringMatching(guid) },
    lastUpdated: expect.toSatisfy((ticks) => /^\d{18}$/.test(String(ticks))),
  })
  expect((await call('GET', `/tasks/${link.id}`)).body).toMatchObject({ subject: 'Call back' })
  const { value } = (await call('GET', '/tasks')).body
  expect(value).toMatchObject([{ id: taskId, isDeleted: true }, { id: link.id }])
  for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'])
    expect(await call(method, `/tasks/${taskId}`, method.startsWith('P') ? {} : undefined)).toMatchObject(
      problem(404),
    )
})

it('answers what it does not have with 404, and what it does not do with 405', async (test) => {
  const { call } = await startedFake(test)
  expect(await call('GET', '/referraltypes')).toMatchObject(problem(404))
  expect(await call('GET', '/webhooks/x/y')).toMatchObject(problem(404))
  const refused = await call('PATCH', '/webhooks')
  expect(refused).toMatchObject(problem(405))
  expect(refused.headers.get('allow')).toBe('GET, POST')
})

it('refuses HEAD, as none of its routes takes it', async (test) => {
  const routes = { 'GET /referrals': () => ({ body: [] }) }
  const { fake, call } = await startedFake(test, { routes })
  for (const path of ['/webhooks', '/referrals', `/tasks/${taskId}`]) {
    const refused = await call('HEAD', path)
    expect([path, refused.status, refused.body]).toEqual([path, 405, undefined])
    expect(refused.headers.get('allow')).toMatch(/^GET\b/)
  }
  expect((await call('HEAD', '/referraltypes')).status).toBe(404)
  const unauthorized = await fetch(`${fake.url}/webhooks`, { method: 'HEAD' })
  expect(unauthorized.status).toBe((await fetch(`${fake.url}/webhooks`)).status)
})

it('fails calls on demand, of a place and as often as told', async (test) => {
  const { fake, call } = await startedFake(test)
  fake.fail(2, { status: 503, retryAfter: 7 }, { path: '/webhooks', method: 'GET' })
  fake.fail(1, { status: 500 }, { path: /^\/webhooks\/types/ })
  const refused = await call('GET', '/webhooks')
  expect(refused).toMatchObject(problem(503))
  expect(refused.headers.get('retry-after')).toBe('7')
  const failed = await call('GET', '/webhooks/types')
  expect(failed).toMatchObject(problem(500))
  expect(failed.headers.has('retry-after')).toBe(false)
  expect((await call('POST', '/webhooks', subscription)).status).toBe(200)
  expect((await call('GET', '/webhooks')).status).toBe(503)
  expect((await call('GET', '/webhooks')).status).toBe(200)

  fake.fail(1, { status: 429 }, { path: '/oauth2/token' })
  expect((await askToken(fake.url, fake.credentials, {})).status).toBe(429)
})

it('resets connections, hangs, and loses answers on demand', async (test) => {
  const { fake, call } = await startedFake(test)
  await call('GET', '/webhooks')
  fake.fail(1, 'reset')
  await expect(call('GET', '/webhooks')).rejects.toMatchObject({ cause: { code: 'ECONNRESET' } })
  expect(fake.subscriptions).toHaveLength(0)
  fake.fail(1, 'lose-answer')
  await expect(call('POST', '/webhooks', subscription)).rejects.toMatchObject({
    cause: { code: 'ECONNRESET' },
  })
  expect(fake.subscriptions).toHaveLength(1)

  fake.fail(1, 'hang')
  const hanging = expect(call('GET', '/webhooks')).rejects.toThrow()
  await expect.poll(() => fake.requests.at(-1)?.status).toBe('hang')
  await fake.stop()
  await hanging
})

it('logs every call without secrets', async (test) => {
  const { fake, call } = await startedFake(test)
  await call('POST', '/webhooks?x=1', subscription, { RequestId: 'r' })
  expect(fake.requests).toMatchObject([
    { method: 'POST', path: '/oauth2/token', status: 200 },
    { method: 'POST', path: '/webhooks', query: 'x=1', status: 200, headers: { requestid: 'r' } },
  ])
  const { clientSecret, apiKey, accounts } = fake.credentials
  for (const secret of [clientSecret, apiKey, accounts[0]?.refreshToken, 'Bearer', 'Basic', 'a key'])
    expect(JSON.stringify(fake.requests)).not.toContain(secret)
})

import { afterAll, beforeAll, expect, it } from 'vitest'
import { on } from '#webhooks'
import { sample } from '../../../infra/smokeball/sample.ts'
import { ask, type ConsoleWorld, consoleWorld } from './console-world.ts'

const handlers = [on('matter.updated', { name: 'crm' }, () => {})]
const requestIdKey = 'key-of-request-ids'

/** Changed by no test. */
let idle: ConsoleWorld
const cleanUps: (() => unknown)[] = []
beforeAll(async () => {
  const stops = { onTestFinished: (stop: () => unknown) => void cleanUps.push(stop) }
  idle = await consoleWorld(stops, { handlers: [] })
})
afterAll(() => Promise.all(cleanUps.map((cleanUp) => cleanUp())))

it('lets in by the printed URL, and keeps the token out of the address bar', async (context) => {
  const { local, token, origin, ask: asked } = await consoleWorld(context, { handlers })
  expect(local.consoleUrl).toBe(`${origin}/console?token=${token}`)
  expect(Buffer.from(token, 'base64url').length).toBeGreaterThanOrEqual(16)
  const entered = await ask(local.consoleUrl)
  const { port } = new URL(origin)
  expect(entered).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=UTF-8' } })
  expect(entered.text).toContain('<meta http-equiv="refresh" content="0; url=/console">')
  expect(entered.text).toContain('<a href="/console">')
  expect(entered.text).not.toMatch(/<script|<style/)
  const [cookie = ''] = entered.headers['set-cookie'] ?? []
  expect(cookie).toMatch(new RegExp(`^console-${port}=[\\w-]{43}; Path=/console; HttpOnly; SameSite=Strict$`))
  // It goes to every port of this machine, so that it must not open the URL.
  expect(cookie).not.toContain(token)
  const [, value = ''] = /=([\w-]+);/.exec(cookie) ?? []
  expect((await ask(`${origin}/console?token=${value}`)).status).toBe(401)
  expect((await ask(`${origin}/console`, { headers: { cookie: `console-${port}=${token}` } })).status).toBe(
    401,
  )
  const withSlash = await ask(`${origin}/console/?token=${token}`)
  expect(withSlash).toMatchObject({ status: 308, headers: { location: `/console?token=${token}` } })
  expect(await asked('/console/')).toMatchObject({ status: 308, headers: { location: '/console' } })
  const page = await asked('/console')
  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=UTF-8'])
  expect(page.text).toContain('<title>A page</title>')
  const [js, css] = [await asked('/console/app.js'), await asked('/console/app.css')]
  expect([js.status, js.headers['content-type']]).toEqual([200, 'text/javascript; charset=utf-8'])
  expect(js.text).toContain('It runs')
  expect([css.headers['content-type'], css.text]).toEqual([
    'text/css; charset=utf-8',
    expect.stringContaining('teal'),
  ])
})

it.for([
  ['no cookie', '/console', { cookie: undefined }, 401],
  ['no cookie at the API', '/console/api/status', { cookie: undefined }, 401],
  ['no cookie at the program', '/console/app.js', { cookie: undefined }, 401],
  ['another cookie', '/console/api/status', { cookie: 'console-1=x' }, 401],
  ['a wrong token', '/console?token=wrong', {}, 401],
  ['an empty token', '/console?token=', {}, 401],
  ['a token at the API', '/console/api/status?token=right', { cookie: undefined }, 401],
  ['another Host', '/console', { host: 'evil.example' }, 403],
  ['another Host with this port', '/console/api/events', { host: 'evil.example:PORT' }, 403],
  ['another port', '/console', { host: '127.0.0.1:1' }, 403],
  ['what a proxy passes on', '/console', { 'x-forwarded-for': '203.0.113.1' }, 403],
  ['a proxy’s words of any kind', '/console/api/status', { 'X-Forwarded-Anything': 'x' }, 403],
  ['what came by a standard proxy', '/console/api/events', { forwarded: 'for=203.0.113.1' }, 403],
  ['what came via another', '/console?token=right', { via: '1.1 tunnel' }, 403],
  ['what a tunnel of Cloudflare passes on', '/console', { 'cf-connecting-ip': '203.0.113.1' }, 403],
  ['a Host that is none', '/console', { host: '127.0.0.1:PORT@evil.example' }, 403],
  ['a place that is not there', '/console/api/nowhere', {}, 404],
  ['a method that is not there', '/console/api/replay', {}, 404],
] as const)('refuses %s', async ([, path, headers, status]) => {
  const { origin, token, ask: asked } = idle
  const { port } = new URL(origin)
  const given = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      (value as string | undefined)?.replace('PORT', port),
    ]),
  )
  const answer = await asked(path.replace('right', token), { headers: given })
  expect(answer.status).toBe(status)
  expect(answer.headers['set-cookie']).toBeUndefined()
  expect(answer.text).not.toContain(token)
  if (path.includes('/api/') && !('host' in headers))
    expect(answer.json).toEqual({ error: expect.any(String) })
})

it('takes changes from its own page alone', async (context) => {
  const { origin, ask: asked, local } = await consoleWorld(context, { handlers: [] })
  const { port } = new URL(origin)
  const pause = (headers: Record<string, string | undefined>, method = 'POST') =>
    asked('/console/api/handling', {
      ...{ method, body: '{"handling":"paused"}' },
      headers: { origin, 'content-type': 'application/json', ...headers },
    })
  const refused = [
    await pause({ origin: undefined }),
    await pause({ origin: 'null' }),
    await pause({ origin: 'http://evil.example' }),
    await pause({ origin: `http://localhost:${port}` }),
    await pause({ origin: `https://127.0.0.1:${port}` }),
    await pause({ 'content-type': undefined }),
    await pause({ 'content-type': 'text/plain' }),
    await pause({ 'content-type': 'text/plain; application/json' }),
    await pause({ 'content-type': 'application/x-www-form-urlencoded' }),
    await pause({ origin: undefined }, 'PUT'),
  ]
  expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 403))
  expect((await pause({ cookie: undefined })).status).toBe(401)
  expect((await pause({ host: 'evil.example', origin: 'http://evil.example' })).status).toBe(403)
  await local.deliver(sample('matter.updated').text)
  await local.settled()
  const named = { host: `localhost:${port}`, origin: `http://localhost:${port}` }
  expect((await pause({ ...named, 'content-type': 'application/json; charset=utf-8' })).status).toBe(200)
})

it('sends no secret, and headers that keep others out, with every answer', async (context) => {
  const {
    local,
    token,
    ask: asked,
    get,
  } = await consoleWorld(context, { handlers, requestIdKey, secrets: { CRM: 'crm-secret' } })
  await local.deliver(sample('matter.updated').text)
  await local.deliver(sample('matter.updated').text, { signature: 'x' })
  await local.settled()
  const { events } = await get('events')
  const [{ reference, resourceKey }] = events
  const api = [
    ...[
      'deployment',
      'status',
      'events',
      `events/${reference}`,
      'minutes',
      'dead-letters',
      'catch-up',
      'catch-up/run',
    ],
    ...[`resources?key=${encodeURIComponent(resourceKey)}`, 'events?limit=x', 'nowhere'],
  ].map((path) => `/console/api/${path}`)
  const answers = await Promise.all(
    ['/console', '/console/app.js', '/console/app.css', ...api].map((path) => asked(path)),
  )
  expect(answers.map(({ status }) => status)).toEqual([
    200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 400, 404,
  ])
  const refused = await ask(`${new URL(local.url).origin}/console`)
  for (const { headers, text } of [...answers, refused]) {
    for (const secret of [token, local.signingKey, requestIdKey, 'crm-secret'])
      expect(text).not.toContain(secret)
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    const policy = String(headers['content-security-policy']).split('; ').sort()
    expect(policy).toEqual(
      [
        ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:"],
        ...["connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
      ].sort(),
    )
    expect(headers['access-control-allow-origin']).toBeUndefined()
  }
})

it('leaves the callback URL as it is', async (context) => {
  const { local, origin } = await consoleWorld(context, { handlers: [] })
  const answers = [await ask(`${origin}/health`), await ask(`${origin}/consoles`), await ask(`${origin}/`)]
  expect(answers.map(({ status }) => status)).toEqual([200, 404, 404])
  expect((await local.deliver(sample('matter.updated').text)).status).toBe(200)
})

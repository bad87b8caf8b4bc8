import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it, type TestContext, vi } from 'vitest'
import { runHandlers, testEvent } from '#webhooks/testing'
import { stringifyLossless } from '../../shared/event/lossless-json.ts'
import { blocksOf, folderFor, writeFiles } from './code-blocks.ts'
import { deliver, handlersOf, nextTicks, recipes, secrets, start } from './recipe-world.ts'
import { startService } from './start-service.ts'

describe('a POST that must not happen twice', () => {
  const section = 'A POST that must not happen twice'
  const accountsOf = async (context: TestContext, nth: number, reply: Parameters<typeof startService>[1]) => {
    const billing = await startService(context, reply)
    const { default: handlers } = await handlersOf(context, section, {
      nth,
      env: { BILLING_URL: billing.url },
    })
    return { handlers, called: billing.called }
  }

  it('has the same key in each attempt, and none is made once it was answered', async (context) => {
    const { handlers, called } = await accountsOf(context, 0, ['lost', 503])
    const local = await start(context, handlers)
    await deliver(local, 'matter.created', { id: 'm1', title: 'Smith' })
    expect(called.map(({ body }) => body)).toEqual(Array(3).fill({ matterId: 'm1', title: 'Smith' }))
    expect(new Set(called.map(({ headers }) => headers['idempotency-key'])).size).toBe(1)
    expect(called[0]?.headers.authorization).toBe('Bearer billing-key')
    await deliver(local, 'matter.created', { id: 'm2', title: 'Jones' })
    expect(called[3]?.headers['idempotency-key']).not.toBe(called[0]?.headers['idempotency-key'])
  })

  it.for([
    { reply: 422, outcome: { outcome: 'permanent-failure' } },
    {
      reply: { status: 429, headers: { 'retry-after': '7' } },
      outcome: { outcome: 'retry-after', retryInMs: expect.closeTo(7_000, -3) },
    },
    { reply: 500, outcome: { outcome: 'failed' } },
  ])('ends as $outcome.outcome after $reply', async ({ reply, outcome }, context) => {
    const { handlers } = await accountsOf(context, 0, [reply])
    const outcomes = await runHandlers(handlers, testEvent('matter.created'), { secrets })
    expect(outcomes['open-account']).toMatchObject(outcome)
  })

  it('asks a service without keys whether it was done', async (context) => {
    const made: string[] = []
    const { handlers, called } = await accountsOf(context, 1, ({ method, url, body }) => {
      if (method === 'GET') return { json: made.filter((one) => url?.endsWith(`?reference=${one}`)) }
      return made.push(body.reference) === 1 ? 'lost' : 200
    })
    const local = await start(context, handlers)
    await deliver(local, 'matter.created', { id: 'm3' })
    expect(called.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET'])
    await deliver(local, 'matter.created', { id: 'm4' })
    expect(made).toHaveLength(2)
  })
})

describe('a service in another language', () => {
  const section = 'A service in another language'
  const python = 'import sys; sys.exit(sys.version_info < (3, 9))'
  const isThere = spawnSync('python3', ['-c', python]).status === 0
  const isRequired = process.env.REQUIRE_LANGUAGES === '1'
  if (!isThere && !isRequired) console.warn('Not run: the service in Python. It needs Python 3.9 or newer.')

  // https://github.com/standard-webhooks/standard-webhooks: the vector that its libraries are tested with.
  it('is sent what Standard Webhooks signs', async (context) => {
    const { signatureOf } = await handlersOf(context, section, { env: {} })
    expect(signatureOf).toBeTypeOf('function')
    const sign = signatureOf as (...parts: string[]) => string
    const [id, timestamp, body] = ['msg_p5jXN8AQM9LWM0D4loKWxJek', '1614265330', '{"test": 2432232314}']
    expect(sign(secrets.SERVICE_KEY, id, timestamp, body)).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    )
  })

  it('is sent an event until it has taken it, under the same id', async (context) => {
    const service = await startService(context, [503, 'lost'])
    const { default: handlers } = await handlersOf(context, section, { env: { SERVICE_URL: service.url } })
    const local = await start(context, handlers)
    await deliver(local, 'contact.updated', { id: 'c1', version: 9007199254740993n }, { own: true })
    expect(new Set(service.called.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(service.called).toHaveLength(3)
    expect(service.called[2]?.body).toMatchObject({
      ...{ type: 'contact.updated', resource: { kind: 'contact', id: 'c1' }, own: true, late: false },
      ...{ payload: { id: 'c1', version: 9007199254740993n }, ticks: expect.stringMatching(/^\d{18}$/) },
    })
  })

  it.for([
    '{"id":"c1","a":1e400,"b":0.12345678901234567890,"c":1.0,"d":-0,"e":"\\u00e9"}',
    '{ "id" : "c1", "n": [639170696424691361, 1E-400] }',
    '[1e400]',
    '1e400',
    'null',
  ])('is sent the payload %s as it came', async (payloadText, context) => {
    const service = await startService(context)
    const { default: handlers } = await handlersOf(context, section, { env: { SERVICE_URL: service.url } })
    const local = await start(context, handlers)
    const envelope = { accountId: 'firm-1', subscriptionId: 's', type: 'contact.updated', source: 'API' }
    const facts = stringifyLossless({ ...envelope, timestamp: nextTicks() })
    await local.deliver(`${facts.slice(0, -1)},"payload":${payloadText}}`)
    await local.settled()
    expect(service.called.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^\{"type":"contact\.updated",.*\}$/),
    ])
    expect(service.called[0]?.text.split('"payload":')[1]).toBe(`${payloadText}}`)
  })

  it.skipIf(!isThere && !isRequired)(
    'takes each event once in Python, and nothing that is not signed',
    async (context) => {
      const service = await startPython(context)
      const { default: handlers } = await handlersOf(context, section, { env: { SERVICE_URL: service.url } })
      const local = await start(context, handlers)
      await deliver(local, 'matter.created', { id: 'm1' })
      await deliver(local, 'matter.updated', { id: 'm1' })
      const twice = testEvent('contact.updated')
      for (const _ of [1, 2])
        expect((await runHandlers(handlers, twice, { secrets })).forward).toMatchObject({
          outcome: 'handled',
        })
      const others = { secrets: { ...secrets, SERVICE_KEY: 'whsec_b3RoZXI=' } }
      expect((await runHandlers(handlers, twice, others)).forward).toMatchObject({
        outcome: 'failed',
        error: expect.stringContaining('the service answered 401'),
      })
      expect(
        (await fetch(service.url, { method: 'POST', body: '{}', headers: { 'webhook-signature': 'ü' } }))
          .status,
      ).toBe(401)
      expect(service.said()).toEqual(
        ['matter.created', 'matter.updated', 'contact.updated'].map((type) => `new: ${type}`),
      )
    },
  )

  /** Runs the page's service on a free port. */
  async function startPython(context: TestContext): Promise<{ url: string; said(): string[] }> {
    const folder = await folderFor(context)
    const [block] = blocksOf(recipes, section, 'python')
    await writeFiles(folder, { 'service.py': block?.code ?? '' })
    const run =
      'import service; server = service.HTTPServer(("127.0.0.1", 0), service.Webhooks)\n' +
      'print(server.server_port, flush=True); server.serve_forever()'
    const env = {
      ...process.env,
      SERVICE_KEY: secrets.SERVICE_KEY,
      DATABASE: ':memory:',
      PYTHONDONTWRITEBYTECODE: '1',
    }
    const child: ChildProcess = spawn('python3', ['-c', run], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    context.onTestFinished(async () => {
      child.kill()
      await once(child, 'exit')
    })
    let said = ''
    child.stdout?.setEncoding('utf8').on('data', (more: string) => {
      said += more
    })
    const port = () => said.split('\n')[0]
    await vi.waitUntil(() => said.includes('\n'), { timeout: 20_000 })
    return { url: `http://127.0.0.1:${port()}`, said: () => said.trim().split('\n').slice(1) }
  }
})

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest'
import { type Local, runHandlers, startLocal, testEvent } from '#webhooks/testing'
import { freshTicks } from '../../infra/cli/fresh-ticks.ts'
import type { Handler } from '../../shared/handler-registry.ts'
import { stringifyLossless } from '../../shared/lossless-json.ts'
import { newRequestId } from '../../shared/request-id.ts'
import { parseTicks } from '../../shared/ticks.ts'
import { blocksOf, folderFor, writeFiles } from './code-blocks.ts'
import { type Postgres, startPostgres } from './start-postgres.ts'
import { type Reply, startService } from './start-service.ts'

const recipes = 'docs/recipes.md'
const example = 'Example: Postgres in a VPC'
const secrets = {
  DATABASE_PASSWORD: 'any',
  BILLING_KEY: 'billing-key',
  SERVICE_KEY: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
}

let postgres: Postgres
beforeAll(async () => {
  postgres = await startPostgres()
  const tables = [
    blocksOf(recipes, 'Told once when a status changes', 'sql'),
    blocksOf('README.md', example, 'sql'),
  ]
  for (const { code } of tables.flat()) await postgres.query(code)
})
afterAll(() => postgres.stop())

/** The handlers of a page's block, with the README's `database.ts` beside them. */
async function handlersOf(
  context: Pick<TestContext, 'onTestFinished'>,
  section: string,
  { page = recipes, file = 'functions/handlers/index.ts', nth = 0, env = {} as Record<string, string> } = {},
): Promise<{ default: readonly Handler[]; [name: string]: unknown }> {
  const databases = blocksOf('README.md', example, 'ts').filter((block) =>
    block.file?.endsWith('database.ts'),
  )
  const blocks = blocksOf(page, section, 'ts').filter((block) => block.file === file)
  const folder = await folderFor(context)
  await writeFiles(folder, { 'index.ts': blocks[nth]?.code ?? '', 'database.ts': databases[0]?.code ?? '' })
  const all = { DATABASE_HOST: '127.0.0.1', DATABASE_CA: '', PGPORT: String(postgres.port), ...env }
  for (const [name, value] of Object.entries(all)) vi.stubEnv(name, value)
  const { database } = await import(join(folder, 'database.ts'))
  context.onTestFinished(async () => {
    await database({ log: console, secret: () => '' }).end()
    vi.unstubAllEnvs()
  })
  return import(join(folder, 'index.ts'))
}

const nextTicks = freshTicks()

/** Delivers an event and waits until it was handled; `agoMs`: how long ago it happened, `own`: by a write of ours. */
async function deliver(
  local: Local,
  type: string,
  payload: Record<string, unknown>,
  { agoMs = 0, own = false } = {},
): Promise<void> {
  const timestamp = nextTicks() - BigInt(agoMs) * 10_000n
  const notification = { accountId: 'firm-1', subscriptionId: 's', type, source: 'API', payload, timestamp }
  const requestId = own ? { requestId: newRequestId(local.requestIdKey, randomBytes(8)) } : {}
  const { status } = await local.deliver(stringifyLossless(notification), requestId)
  expect(status).toBe(200)
  await local.settled()
}

/** The pipeline with these handlers. What fails is run again at once, five times in all. */
async function start({ onTestFinished }: TestContext, handlers: readonly Handler[]): Promise<Local> {
  const local = await startLocal({ handlers, secrets, backOffMs: () => 0 })
  onTestFinished(() => local.stop())
  return local
}

describe('told once when a status changes', () => {
  async function world(context: TestContext, replies: Reply[] = []) {
    const id = randomBytes(8).toString('hex')
    const chat = await startService(context, replies)
    const { default: handlers } = await handlersOf(context, 'Told once when a status changes', {
      env: { CHAT_URL: chat.url },
    })
    const local = await start(context, handlers)
    return {
      handlers,
      told: () => chat.called.map(({ body }) => body.text),
      keys: () => chat.called.map(({ headers }) => headers['idempotency-key']),
      is: (
        status: string,
        { title = 'Smith', ...how } = {} as { title?: string; own?: boolean; agoMs?: number },
      ) => deliver(local, 'matter.updated', { id, title, status }, how),
      id,
    }
  }

  it('tells each change once, however many events come', async (context) => {
    const { is, told, keys } = await world(context)
    for (const status of ['Open', 'Open', 'Closed', 'Closed', 'Open']) await is(status)
    expect(told()).toEqual(['Smith is now Closed', 'Smith is now Open'])
    expect(new Set(keys()).size).toBe(2)
  })

  it('sends the same key again when the answer is lost, and nothing once it has one', async (context) => {
    const { is, told, keys } = await world(context, ['lost'])
    for (const status of ['Open', 'Closed', 'Closed']) await is(status)
    expect(told()).toEqual(['Smith is now Closed', 'Smith is now Closed'])
    expect(new Set(keys()).size).toBe(1)
  })

  it('leaves to the next event what no attempt could tell, under the same key', async (context) => {
    const { is, told, keys } = await world(context, [503, 503, 503, 503, 503])
    await is('Open')
    await is('Closed')
    expect(told()).toHaveLength(5)
    await is('Closed', { title: 'Smith & Co' })
    expect(told().slice(5)).toEqual(['Smith & Co is now Closed'])
    expect(new Set(keys()).size).toBe(1)
  })

  it('tells last how it is', async (context) => {
    const { is, told } = await world(context, [503, 503, 503, 503, 'lost'])
    for (const status of ['Open', 'Closed', 'Open']) await is(status)
    expect(told().at(-1)).toBe('Smith is now Open')
  })

  it('tells of no older state, whether it comes late, from a process that hung or by a forced replay', async (context) => {
    const { is, told, handlers, id } = await world(context)
    for (const status of ['Open', 'Closed']) await is(status)
    await is('Pending', { agoMs: 60_000 })
    const old = { accountId: 'firm-1', payload: { id, title: 'Smith', status: 'Pending' } }
    const [hung, forced] = [{ ticks: nextTicks(), fence: 1 }, { fence: Number.MAX_SAFE_INTEGER }]
    for (const one of [hung, forced]) {
      const outcomes = await runHandlers(handlers, testEvent('matter.updated', { ...old, ...one }), {
        secrets,
      })
      expect(outcomes['tell-status']?.outcome).toBe('handled')
    }
    expect(told()).toEqual(['Smith is now Closed'])
  })

  it('knows what our own API writes changed', async (context) => {
    const { is, told } = await world(context)
    await is('Open')
    await is('Closed', { own: true })
    await is('Closed')
    await is('Open', { own: true })
    await is('Closed')
    expect(told()).toEqual(['Smith is now Closed', 'Smith is now Open', 'Smith is now Closed'])
  })
})

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

describe('a mirror', () => {
  const ticks = (version: number) => parseTicks(String(639170696424691361n + BigInt(version)))

  interface Row {
    body: string
    deleted: boolean
  }
  async function world(context: TestContext) {
    const id = randomBytes(8).toString('hex')
    const { default: handlers } = await handlersOf(context, example, { page: 'README.md' })
    return {
      id,
      handlers,
      row: async () =>
        (
          await postgres.query<Row>('select body::text as body, deleted from contacts where id = $1', [id])
        )[0],
      async take(
        name: string,
        of: { version: number; fence: number; type?: 'contact.updated' | 'contact.deleted' },
      ) {
        const { version, fence, type = 'contact.updated' } = of
        const event = testEvent(type, { payload: { id, name } as object, ticks: ticks(version), fence })
        const outcomes = await runHandlers(handlers, event, { secrets })
        expect(outcomes['contacts-to-crm']).toMatchObject({ outcome: 'handled' })
      },
    }
  }

  it('follows our own API writes, with every digit', async (context) => {
    const { id, handlers, row } = await world(context)
    const local = await start(context, handlers)
    await deliver(local, 'contact.created', { id, name: 'Ann' })
    await deliver(
      local,
      'contact.updated',
      { id, name: 'Anna', lastUpdated: 639170696424691361n },
      { own: true },
    )
    expect(await row()).toEqual({
      body: `{"id": "${id}", "name": "Anna", "lastUpdated": 639170696424691361}`,
      deleted: false,
    })
  })

  it.for([
    { what: 'a process that hung, and writes with an older fence', late: { version: 3, fence: 1 } },
    { what: 'a forced replay of an older state', late: { version: 1, fence: 9 } },
  ])('is not taken back by $what', async ({ late }, context) => {
    const { take, row } = await world(context)
    await take('new', { version: 2, fence: 2 })
    await take('old', late)
    expect(JSON.parse((await row())?.body ?? '')).toMatchObject({ name: 'new' })
  })

  it('keeps what was deleted from coming back', async (context) => {
    const { take, row } = await world(context)
    await take('gone', { version: 2, fence: 2, type: 'contact.deleted' })
    await take('old', { version: 1, fence: 1 })
    expect(await row()).toMatchObject({ deleted: true })
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
    const { signatureOf } = await handlersOf(context, section)
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

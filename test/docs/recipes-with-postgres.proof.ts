import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { runHandlers, testEvent } from '#webhooks/testing'
import { parseTicks } from '../../shared/event/ticks.ts'
import { blocksOf } from './code-blocks.ts'
import { deliver, example, handlersOf, networks, nextTicks, recipes, secrets, start } from './recipe-world.ts'
import { type Postgres, startPostgres } from './start-postgres.ts'
import { type Reply, startService } from './start-service.ts'

let postgres: Postgres
beforeAll(async () => {
  postgres = await startPostgres()
  const tables = [
    blocksOf(recipes, 'Told once when a status changes', 'sql'),
    blocksOf(networks, example, 'sql'),
  ]
  for (const { code } of tables.flat()) await postgres.query(code)
})
afterAll(() => postgres.stop())

/** What the page's `database.ts` reads, and the driver. */
const ofDatabase = () => ({ DATABASE_HOST: '127.0.0.1', DATABASE_CA: '', PGPORT: String(postgres.port) })

describe('told once when a status changes', () => {
  async function world(context: TestContext, replies: Reply[] = []) {
    const id = randomBytes(8).toString('hex')
    const chat = await startService(context, replies)
    const { default: handlers } = await handlersOf(context, 'Told once when a status changes', {
      env: { ...ofDatabase(), CHAT_URL: chat.url },
    })
    const local = await start(context, handlers)
    return {
      handlers,
      told: () => chat.called.map(({ body }) => body.text),
      sent: () => chat.called.map(({ text }) => text),
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

  it.for([
    { what: 'no attempt could tell', reply: 503 },
    { what: 'was taken, but never answered', reply: 'lost' },
  ] as const)(
    'leaves to the next event what $what: the same, under the same key',
    async ({ reply }, context) => {
      const { is, told, sent, keys } = await world(context, Array(5).fill(reply))
      await is('Open')
      await is('Closed')
      expect(told()).toEqual(Array(5).fill('Smith is now Closed'))
      // A chat answers 422 to the key with another title or time. It answers this one, so nothing is left to tell.
      for (const title of ['Smith & Co', 'Smith']) await is('Closed', { title })
      expect(told()).toHaveLength(6)
      expect(new Set(sent()).size).toBe(1)
      expect(new Set(keys()).size).toBe(1)
    },
  )

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

describe('a mirror', () => {
  const ticks = (version: number) => parseTicks(String(639170696424691361n + BigInt(version)))

  interface Row {
    body: string
    deleted: boolean
  }
  async function world(context: TestContext) {
    const id = randomBytes(8).toString('hex')
    const { default: handlers } = await handlersOf(context, example, { page: networks, env: ofDatabase() })
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

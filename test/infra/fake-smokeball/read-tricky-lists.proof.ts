import { expect, it, type TestContext } from 'vitest'
import { type ListTraps, plainLists, trickyLists } from '../../../infra/fake-smokeball/list-traps.ts'
import { startFakeSmokeball } from '../../../infra/fake-smokeball/start-fake-smokeball.ts'
import { epochMsToTicks, type Ticks } from '../../../shared/event/ticks.ts'
import { listPage } from '../../../shared/smokeball-api/list-page.ts'
import { changeLists, matterLists } from '../../../shared/smokeball-api/lists.ts'
import { typedCalls } from '../../../shared/smokeball-api/typed-calls.ts'
import { accountId, manualClock, tokenOf } from './fake-smokeball-started.ts'

const startEpochMs = Date.UTC(2026, 10, 23)
const ofMatter = matterLists.map((list) => ({ ...list, path: list.path.replace('{matterId}', 'new0') }))
const collections = ['matters', 'contacts', 'tasks', 'events', 'stagesets', 'activitycodes']

/** A fake with `count` new resources in each list, and our own calls to it. */
async function filled({ onTestFinished }: TestContext, lists: ListTraps, count: number) {
  const clock = manualClock(startEpochMs)
  const fake = await startFakeSmokeball({ rateLimit: 'off', clock, lists, tokenSeconds: 1e6 })
  onTestFinished(() => fake.stop())
  const token = await tokenOf(fake.url, fake.credentials)
  const headers = { 'x-api-key': fake.credentials.apiKey, authorization: `Bearer ${token}` }
  let calls = 0
  let beforeCall = async (_nth: number) => {}
  const call = async (path: string) => {
    await beforeCall(++calls)
    return fetch(`${fake.url}${path}`, { headers })
  }
  clock.advance(60_000)
  const change = async (
    collection: string,
    id: string,
    fields = {},
    action: 'created' | 'updated' | 'deleted',
  ) => {
    fake.change({ accountId, collection, id }, { action, fields, isTold: false })
  }
  for (let nth = 0; nth < count; nth++) {
    for (const collection of collections) {
      const fields = { status: 'Open', isLead: nth % 2 === 1, startTime: '2001-01-01T00:00:00' }
      await change(collection, `new${nth}`, fields, 'created')
    }
    await change(`matters/new${nth}/stages`, `new${nth}`, {}, 'updated')
    for (const { path } of ofMatter) await change(path.slice(1), `new${nth}`, {}, 'created')
  }
  await fake.settled()
  clock.advance(60_000)
  return {
    fake,
    change,
    call,
    during: (next: typeof beforeCall) => {
      beforeCall = next
    },
  }
}

const newIds = (count: number) => Array.from({ length: count }, (_, nth) => `new${nth}`).sort()
const seeds = Array.from({ length: 8 }, (_, seed) => [`seed ${seed}`, trickyLists(seed)] as const)
const all: (readonly [string, ListTraps])[] = [['no traps', plainLists], ...seeds]

it.for(all)(
  'finds what changed in each list, leads and past appointments included: %s',
  async ([, lists], test) => {
    const { call } = await filled(test, lists, 7)
    const since = epochMsToTicks(startEpochMs + 30_000) as Ticks
    const limit = { signalEpochMs: 0, signal: new AbortController().signal }
    for (const list of [...changeLists, ...ofMatter]) {
      const found: string[] = []
      for (let offset = 0, isLast = false; !isLast; offset += 3) {
        const api = { fetch: (_: string, path: string) => call(path) }
        const page = await listPage(
          api,
          accountId,
          list,
          { updatedSince: since, offset, limit: 3 },
          { limit },
        )
        found.push(...page.items.map(({ text }) => JSON.parse(text).id))
        isLast = page.isLast
      }
      expect(found.toSorted(), list.path).toEqual(newIds(7))
      if (!('always' in list)) continue
      const typed = typedCalls(call).list(list.path, { updatedSince: since, limit: 2 })
      const ids = (await Array.fromAsync(typed)).map(({ id }) => id)
      expect(ids.toSorted(), list.path).toEqual(newIds(7))
    }
  },
)

it.for(seeds)(
  'shows what was deleted, unless nobody says that the list has it: %s',
  async ([, lists], test) => {
    const { fake, change, call } = await filled(test, { ...lists, staleMs: 0 }, 2)
    for (const collection of collections) await change(collection, 'new1', {}, 'deleted')
    await fake.settled()
    const deletedIn = async (path: (typeof changeLists)[number]['path']) => {
      const field = path === '/matters' ? 'status' : 'isDeleted'
      const items = (await Array.fromAsync(typedCalls(call).list(path))) as Record<string, unknown>[]
      return items.filter((item) => item[field] === true || item[field] === 'Deleted').map(({ id }) => id)
    }
    for (const path of ['/matters', '/contacts', '/events'] as const)
      expect(await deletedIn(path), path).toEqual(['new1'])
    for (const path of ['/tasks', '/activitycodes'] as const)
      expect(await deletedIn(path), path).toEqual(lists.deletedRows === 'listed' ? ['new1'] : [])
  },
)

it.for(seeds)('skips no row that stays as it is while others move: %s', async ([, lists], test) => {
  const { fake, change, call, during } = await filled(test, { ...lists, staleMs: 0 }, 60)
  for (const path of ['/matters', '/tasks'] as const) {
    const collection = path.slice(1)
    const moved = new Set<string>()
    let nth = 0
    during(async () => {
      const id = `new${(nth++ * 7) % 60}`
      moved.add(id)
      await change(collection, id, { nth }, 'updated')
      await fake.settled()
    })
    const items = await Array.fromAsync(typedCalls(call).list(path, { limit: 20 }))
    const found = items.map(({ id }) => id)
    expect(new Set(found).size).toBe(found.length)
    expect(
      newIds(60).filter((id) => !moved.has(id) && !found.includes(id)),
      path,
    ).toEqual([])
  }
})

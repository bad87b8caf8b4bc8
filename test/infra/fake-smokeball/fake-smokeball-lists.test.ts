import { describe, expect, it, type TestContext } from 'vitest'
import type { FakeSmokeballOptions } from '../../../infra/fake-smokeball/fake-smokeball.ts'
import { type ListTraps, trickyLists } from '../../../infra/fake-smokeball/list-traps.ts'
import type { JsonValue } from '../../../shared/event/lossless-json.ts'
import { dateToTicks, epochMsToTicks } from '../../../shared/event/ticks.ts'
import { accountId, contactId, manualClock, matterId, startedFake, taskId } from './fake-smokeball-started.ts'

const startEpochMs = Date.UTC(2026, 10, 23)
const secondMs = 1_000

/** A fake whose clock stands still unless it is moved, and what tests ask of its lists. */
async function listing(
  test: TestContext,
  lists: Partial<ListTraps> = {},
  further: FakeSmokeballOptions = {},
) {
  const clock = manualClock(startEpochMs)
  const { fake, call } = await startedFake(test, { clock, lists, tokenSeconds: 1e6, ...further })
  const change = async (
    collection: string,
    id: string,
    action: 'created' | 'updated' | 'deleted',
    fields: Record<string, JsonValue> = {},
  ) => {
    fake.change({ accountId, collection, id }, { action, fields })
    await fake.settled()
  }
  const ids = async (path: string): Promise<string[]> => {
    const { status, body } = await call('GET', path)
    if (status !== 200) throw new Error(`${path} was answered ${status}`)
    return body.value.map(({ id }: { id: string }) => id)
  }
  return { clock, fake, call, change, ids }
}

const since = String(epochMsToTicks(startEpochMs))
const sinceIso = new Date(startEpochMs).toISOString().slice(0, 19)

describe('the filter of a list', () => {
  it.for([
    ['matters', `LastUpdated=${sinceIso}Z`, `UpdatedSince=${since}`],
    ['contacts', `UpdatedSince=${since}`, `updatedsince=${since}`],
    ['tasks', `LastUpdated=${sinceIso}Z`, `UpdatedSince=${since}`],
    [
      'events',
      `From=1900-01-01T00:00:00Z&UpdatedSince=${sinceIso}`,
      `From=1900-01-01T00:00:00Z&UpdatedSince=${since}`,
    ],
    ['stagesets', `UpdatedSince=${since}`, `LastUpdated=${sinceIso}Z`],
    ['activitycodes', `UpdatedSince=${since}`, `UpdatedSince=${since}`],
  ])(
    'of /%s gives what was created and changed since, as it is documented',
    async ([path = '', ...filters], test) => {
      const { clock, change, ids } = await listing(test)
      clock.advance(secondMs)
      await change(path, 'new', 'created')
      for (const filter of filters) expect(await ids(`/${path}?${filter}`), filter).toEqual(['new'])
      const later = epochMsToTicks(startEpochMs + 10 * secondMs)
      const past = filters[0]?.replace(since, String(later)).replace(sinceIso, sinceIso.replace(/00$/, '10'))
      expect(await ids(`/${path}?${past}`)).toEqual([])
    },
  )

  it('of /stages gives the stages of all matters', async (test) => {
    const { clock, change, ids } = await listing(test)
    clock.advance(secondMs)
    await change('matters', 'm2', 'created')
    await change('matters/m2/stages', 'm2', 'updated', { stage: { name: 'Open' } })
    expect(await ids('/stages')).toHaveLength(2)
    expect(await ids(`/stages?UpdatedSince=${since}`)).toEqual(['m2'])
  })

  it.for([
    ['fees', `UpdatedSince=${since}`],
    ['expenses', `UpdatedSince=${since}`],
    ['invoices', `LastUpdated=${sinceIso}Z`],
    ['invoices', `UpdatedSince=${since}`],
  ])("of a matter's %s gives its own alone, by %s", async ([list, filter], test) => {
    const { clock, change, ids } = await listing(test)
    await change('matters', 'm2', 'created')
    clock.advance(secondMs)
    for (const matter of [matterId, 'm2'])
      await change(`matters/${matter}/${list}`, `of-${matter}`, 'created')
    expect(await ids(`/matters/m2/${list}?${filter}`)).toEqual(['of-m2'])
    expect(await ids(`/matters/${matterId}/${list}?${filter}`)).toEqual([`of-${matterId}`])
    expect(await ids(`/matters/${matterId}/${list}`)).toHaveLength(2)
  })

  it("is none of a matter's memos and files, which come as they like, and by their creation", async (test) => {
    const { clock, change, ids } = await listing(test, { shuffle: 1 })
    const created = Array.from({ length: 6 }, (_, nth) => `new${nth}`)
    for (const list of ['memos', 'documents/files'])
      for (const id of created) {
        clock.advance(secondMs)
        await change(`matters/${matterId}/${list}`, id, 'created')
      }
    const later = `UpdatedSince=${epochMsToTicks(startEpochMs + 1e9)}`
    const memos = (await ids(`/matters/${matterId}/memos?${later}`)).filter((id) => created.includes(id))
    expect(memos).not.toEqual(created)
    expect(memos.toSorted()).toEqual(created)
    expect((await ids(`/matters/${matterId}/documents/files?${later}`)).slice(-6)).toEqual(created)
  })

  it.for([
    ['/contacts', `LastUpdated=2090-01-01T00:00:00Z`],
    ['/activitycodes', `LastUpdated=2090-01-01T00:00:00Z`],
    ['/events', `From=1900-01-01T00:00:00Z&LastUpdated=2090-01-01T00:00:00Z`],
    ['/tasks', 'ModifiedSince=2090-01-01T00:00:00Z'],
  ])('of %s is ignored when it has a name that the list does not know', async ([path, query], test) => {
    const { ids } = await listing(test)
    expect(await ids(`${path}?${query}`)).toHaveLength(1)
  })

  it.for([
    ['/contacts', `UpdatedSince=${sinceIso}Z`],
    ['/stages', `UpdatedSince=${sinceIso}`],
    ['/matters', `LastUpdated=${since}`],
    ['/tasks', `LastUpdated=${sinceIso}Z&UpdatedSince=${since}`],
    ['/matters', 'LastUpdated=yesterday'],
    ['/events', 'From=yesterday'],
    ['/matters', 'Type=Everything'],
    ['/matters', 'Sort=LastUpdated'],
    ['/contacts', 'Sort=asc(Status)'],
    ['/contacts', 'Limit=501'],
    ['/tasks', 'IsCompleted=maybe'],
  ])('of %s is refused as %s', async ([path, query], test) => {
    const { call } = await listing(test)
    expect(await call('GET', `${path}?${query}`)).toMatchObject({ status: 400 })
  })

  it('takes fractions, and a zone in that of calendar events, only where it is kind', async (test) => {
    const paths = [`/tasks?LastUpdated=${sinceIso}.5Z`, `/events?UpdatedSince=${sinceIso}Z`]
    for (const looseTimes of ['taken', 'refused'] as const) {
      const { call } = await listing(test, { looseTimes })
      for (const path of paths)
        expect((await call('GET', path)).status, path).toBe(looseTimes === 'taken' ? 200 : 400)
    }
  })

  it.for(['inclusive', 'exclusive'] as const)('is %s', async (way, test) => {
    const { call, ids } = await listing(test, { since: way })
    const { lastUpdated } = (await call('GET', `/contacts/${contactId}`)).body
    const found = await ids(`/contacts?UpdatedSince=${lastUpdated}`)
    expect(found).toEqual(way === 'inclusive' ? [contactId] : [])
    expect(await ids(`/contacts?UpdatedSince=${BigInt(lastUpdated) - 1n}`)).toEqual([contactId])
  })
})

it('leaves leads out unless they are asked for', async (test) => {
  const { change, ids } = await listing(test)
  await change('matters', 'lead', 'created', { isLead: true, status: 'Open' })
  expect(await ids('/matters')).toEqual([matterId])
  expect(await ids('/matters?Type=Leads')).toEqual(['lead'])
  expect(await ids('/matters?IsLead=true')).toEqual(['lead'])
  expect(await ids('/matters?Type=Matters,Leads')).toEqual([matterId, 'lead'])
})

it('gives items and tags of matters only on demand, and always in the single one', async (test) => {
  const { call } = await listing(test)
  const fieldsOf = async (query: string) => Object.keys((await call('GET', `/matters${query}`)).body.value[0])
  expect(await fieldsOf('')).not.toContain('items')
  expect(await fieldsOf('?Fields=items')).toContain('items')
  expect(await fieldsOf('?Fields=items')).not.toContain('tags')
  expect(Object.keys((await call('GET', `/matters/${matterId}`)).body)).toContain('items')
})

it.for(['start', 'end'] as const)('shows calendar events from now on by their %s', async (calendar, test) => {
  const { change, ids } = await listing(test, { calendar })
  const [now, hour] = [startEpochMs, 3_600_000]
  const at = (epochMs: number) => new Date(epochMs).toISOString().slice(0, 19)
  for (const [id, from] of [
    ['past', -3],
    ['running', -1],
    ['coming', 1],
  ] as const) {
    const times = { startTime: at(now + from * hour), endTime: at(now + (from + 2) * hour) }
    await change('events', id, 'created', times)
  }
  const shown = (await ids('/events')).filter((id) => ['past', 'running', 'coming'].includes(id))
  expect(shown).toEqual(calendar === 'start' ? ['coming'] : ['running', 'coming'])
  const far = await ids('/events?From=1900-01-01T00:00:00Z&To=2090-01-01T00:00:00Z')
  expect(far).toEqual(expect.arrayContaining(['past', 'running', 'coming']))
})

it.for([
  ['matters', 'm', '/matters?Status=Deleted'],
  ['matters', 'm', '/matters'],
  ['contacts', 'c', '/contacts'],
  ['tasks', 't', '/tasks'],
  ['events', 'e', '/events?From=1900-01-01T00:00:00Z'],
  ['activitycodes', 'a', '/activitycodes'],
] as const)('keeps a deleted one of /%s in the list, flagged', async ([collection, id, path], test) => {
  const { change, call } = await listing(test)
  await change(collection, id, 'created', { status: 'Open' })
  await change(collection, id, 'deleted')
  const { value } = (await call('GET', path)).body
  const flag = collection === 'matters' ? { status: 'Deleted' } : { isDeleted: true }
  expect(value.find((each: { id: string }) => each.id === id)).toMatchObject(flag)
})

it('leaves deleted ones out where it is asked to, or where nobody says what it does', async (test) => {
  const { change, ids } = await listing(test, { deletedRows: 'left-out' })
  for (const collection of ['matters', 'contacts', 'tasks', 'events', 'activitycodes'])
    await change(collection, 'x', 'created', { status: 'Open' })
  for (const collection of ['matters', 'contacts', 'tasks', 'events', 'activitycodes'])
    await change(collection, 'x', 'deleted')
  for (const path of ['/matters', '/tasks', '/activitycodes'])
    expect(await ids(path), path).not.toContain('x')
  expect(await ids('/matters?Status=Open&Status=Deleted')).toContain('x')
  expect(await ids('/contacts?ExcludeDeletedContacts=true')).not.toContain('x')
  expect(await ids('/contacts')).toContain('x')
  const all = 'From=1900-01-01T00:00:00Z'
  expect(await ids(`/events?${all}&ExcludeDeletedEvents=true`)).not.toContain('x')
  expect(await ids(`/events?${all}`)).toContain('x')
})

it.for(['flagged', 'gone'] as const)(
  'answers for a deleted one by its id that it is %s',
  async (way, test) => {
    const { change, call } = await listing(test, { deletedSingles: way })
    await change('tasks', taskId, 'deleted')
    const { status, body } = await call('GET', `/tasks/${taskId}`)
    expect(status).toBe(way === 'gone' ? 404 : 200)
    if (way === 'flagged') expect(body).toMatchObject({ isDeleted: true })
  },
)

it('answers 404 for what is not there yet, while lists may have it', async (test) => {
  const { clock, change, call, ids } = await listing(test, { notYetMs: 8 * secondMs })
  await change('contacts', 'new', 'created')
  expect((await call('GET', '/contacts/new')).status).toBe(404)
  expect(await ids('/contacts')).toContain('new')
  clock.advance(7_999)
  expect((await call('GET', '/contacts/new')).status).toBe(404)
  clock.advance(1)
  expect((await call('GET', '/contacts/new')).status).toBe(200)
})

it('shows in lists what there was some seconds ago', async (test) => {
  const { clock, change, call } = await listing(test, { staleMs: 5 * secondMs })
  clock.advance(10 * secondMs)
  await change('contacts', contactId, 'updated', { name: 'first' })
  clock.advance(3 * secondMs)
  await change('contacts', contactId, 'updated', { name: 'second' })
  await change('contacts', 'new', 'created', { name: 'new' })
  const names = async () =>
    (await call('GET', '/contacts')).body.value.map(({ name }: { name?: string }) => name)
  expect(await names()).toEqual([undefined])
  clock.advance(2 * secondMs)
  expect(await names()).toEqual(['first'])
  clock.advance(3 * secondMs)
  expect(await names()).toEqual(['second', 'new'])
})

describe('the order of a list', () => {
  const fill = async ({ change }: Awaited<ReturnType<typeof listing>>) => {
    for (let nth = 0; nth < 20; nth++) await change('contacts', `c${nth}`, 'created')
  }

  it('is of no meaning without a sort, the same for a seed, and moves what changes', async (test) => {
    const [first, again, other] = [
      await listing(test, { shuffle: 1 }),
      await listing(test, { shuffle: 1 }),
      await listing(test, { shuffle: 2 }),
    ]
    for (const each of [first, again, other]) await fill(each)
    const order = await first.ids('/contacts')
    const created = Array.from({ length: 20 }, (_, nth) => `c${nth}`)
    expect(order.toSorted()).toEqual([...created, contactId].toSorted())
    expect(order.filter((id) => id !== contactId)).not.toEqual(created)
    expect(await first.ids('/contacts')).toEqual(order)
    const places = new Set<number>()
    for (let times = 0; times < 5; times++) {
      await first.change('contacts', 'c7', 'updated', { times })
      places.add((await first.ids('/contacts')).indexOf('c7'))
    }
    expect(places.size).toBeGreaterThan(1)
    expect(await other.ids('/contacts')).not.toEqual(order)
  })

  it('is that of the changes where it is asked for, so that pages skip rows while one pages', async (test) => {
    const world = await listing(test, { shuffle: 1 })
    await fill(world)
    const sorted = '/contacts?Sort=asc(LastUpdated)'
    const order = await world.ids(sorted)
    expect(order).toEqual([contactId, ...Array.from({ length: 20 }, (_, nth) => `c${nth}`)])
    expect(await world.ids('/contacts?Sort=desc(LastUpdated)')).toEqual(order.toReversed())
    const first = await world.ids(`${sorted}&Limit=10`)
    await world.change('contacts', 'c0', 'updated')
    const rest = await world.ids(`${sorted}&Limit=500&Offset=10`)
    const seen = new Set([...first, ...rest])
    expect(order.filter((id) => !seen.has(id))).toEqual(['c9'])
  })
})

it('names no matter in the list of all calendar events, if nobody says that it does', async (test) => {
  const { call } = await listing(test, { calendarMatters: 'null' })
  const path = '/events?From=1900-01-01T00:00:00Z'
  const [event] = (await call('GET', path)).body.value
  expect(event.matter).toBeNull()
  const single = (await call('GET', `/events/${event.id}`)).body
  expect(single.matter).not.toBeNull()
})

it('changes resources with events or without', async (test) => {
  const { fake, call, clock } = await listing(test)
  const before = (await call('GET', `/matters/${matterId}`)).body
  clock.advance(secondMs)
  fake.change(
    { accountId, collection: 'matters', id: matterId },
    { fields: { title: 'Lost' }, isTold: false },
  )
  await fake.settled()
  const after = (await call('GET', `/matters/${matterId}`)).body
  expect(after.title).toBe('Lost')
  expect(BigInt(after.versionId)).toBeGreaterThan(BigInt(before.versionId))
  expect(BigInt(after.versionId)).toBeGreaterThanOrEqual(dateToTicks(new Date(clock.now())))
  expect(() => fake.change({ accountId, collection: 'tasks', id: 'none' }, {})).toThrow(
    'There is no /tasks/none',
  )
})

it('makes of a seed all traps, and each way of those that have two', () => {
  const made = Array.from({ length: 40 }, (_, seed) => trickyLists(seed))
  expect(trickyLists(7)).toEqual(trickyLists(7))
  for (const trap of ['since', 'deletedRows', 'deletedSingles', 'calendar'] as const)
    expect(new Set(made.map((each) => each[trap])).size, trap).toBe(2)
  for (const { staleMs, notYetMs } of made) {
    expect(Math.min(staleMs, notYetMs)).toBeGreaterThanOrEqual(secondMs)
    expect(Math.max(staleMs, notYetMs)).toBeLessThan(10 * secondMs)
  }
})

it('lists 5,000 contacts in pages of 500 without trouble', async (test) => {
  const { fake, call } = await listing(test, { shuffle: 3 })
  for (let nth = 0; nth < 5_000; nth++)
    fake.change({ accountId, collection: 'contacts', id: `c${nth}` }, { action: 'created', isTold: false })
  await fake.settled()
  const seen = new Set<string>()
  for (let offset = 0; offset <= 5_000; offset += 500) {
    const { value } = (await call('GET', `/contacts?Offset=${offset}`)).body
    for (const { id } of value) seen.add(id)
  }
  expect(seen.size).toBe(5_001)
})

describe('a change that is lost', () => {
  it('is in the list, as a user of the firm has made it', async (test) => {
    const { fake, clock, call, ids } = await listing(test)
    clock.advance(secondMs)
    const lost = await call('POST', `/fake/lose/contacts/${contactId}`, { note: 'new' })
    expect(lost.status).toBe(202)
    await fake.settled()
    expect(await ids(`/contacts?UpdatedSince=${since}`)).toEqual([contactId])
    expect((await call('GET', `/contacts/${contactId}`)).body.note).toBe('new')
    const unknown = await call('POST', '/fake/lose/contacts/nobody', { note: 'new' })
    expect(unknown.status).toBe(404)
  })
})

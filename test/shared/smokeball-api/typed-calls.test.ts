import { afterEach, describe, expect, it } from 'vitest'
import { type TypedCalls, typedCalls } from '../../../shared/smokeball-api/typed-calls.ts'
import { type ApiWorld, apiWorld } from './api-world.ts'

type Untyped = { list(path: string, params?: object): AsyncIterable<unknown>; get: Untyped['list'] }

/** A list of Smokeball, of which `before` may move rows before each call is answered. */
function movingList(rows: unknown[], before: (call: number) => void = () => {}) {
  const asked: URL[] = []
  const call = async (path: string) => {
    const url = new URL(path, 'https://smokeball.test')
    asked.push(url)
    before(asked.length)
    const [offset, limit] = ['Offset', 'Limit'].map((name) => Number(url.searchParams.get(name)))
    const value = rows.slice(offset, (offset ?? 0) + (limit ?? 0))
    return new Response(JSON.stringify({ value, size: rows.length }))
  }
  return { asked, call, ...typedCalls(call) }
}

const rowsOf = (count: number) => Array.from({ length: count }, (_, index) => ({ id: `r${index}` }))
const idsOf = async (items: AsyncIterable<unknown>) =>
  (await Array.fromAsync(items)).map((item) => (item as { id: string }).id)
const inOrder = (ids: string[]) => ids.toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1)))

const at = new Date('2026-11-01T10:20:30.999Z')
const ticks = '639291252309990000'

describe('the filter by the last change', () => {
  it.each([
    ['/matters', 'LastUpdated', '2026-11-01T10:20:30Z'],
    ['/tasks', 'LastUpdated', '2026-11-01T10:20:30Z'],
    ['/contacts', 'UpdatedSince', ticks],
    ['/activitycodes', 'UpdatedSince', ticks],
    ['/stages', 'UpdatedSince', ticks],
    ['/stagesets', 'UpdatedSince', ticks],
    ['/events', 'UpdatedSince', '2026-11-01T10:20:30'],
  ] as const)('of %s is %s=%s, by a Date or by ticks', async (path, name, value) => {
    for (const updatedSince of [at, BigInt(ticks)]) {
      const { asked, list } = movingList([])
      await idsOf(list(path, { updatedSince }))
      const query = asked[0]?.searchParams
      expect(query?.get(name)).toBe(value)
      expect(query?.has(name === 'LastUpdated' ? 'UpdatedSince' : 'LastUpdated')).toBe(false)
    }
  })

  it('is refused where the list has none, since Smokeball would list everything', async () => {
    const { asked, list } = movingList([]) as unknown as Untyped & { asked: URL[] }
    const memos = list('/matters/{matterId}/memos', { matterId: 'x', updatedSince: at })
    await expect(idsOf(memos)).rejects.toThrow(/cannot be filtered by updatedSince: leave it out/)
    expect(asked).toEqual([])
  })

  it.each([
    ['a text', { updatedSince: '2026-11-01' }, /give a valid Date, or \.NET ticks/],
    ['no date', { updatedSince: new Date('x') }, /give a valid Date, or \.NET ticks/],
    ['another spelling', { lastUpdated: at }, /lastUpdated is seen to by the client/],
    ['an offset', { offset: 5 }, /offset is seen to by the client/],
    ['too many at once', { limit: 501 }, /from 1 to 500/],
    ['null', { search: null }, /search is no text/],
  ])('refuses %s', async (_, params, problem) => {
    const { list } = movingList([]) as unknown as Untyped
    await expect(idsOf(list('/contacts', params))).rejects.toThrow(problem)
  })
})

describe('a list', () => {
  it('asks for leads, and for appointments of the past, unless it is told otherwise', async () => {
    const { asked, list } = movingList([])
    await idsOf(list('/matters'))
    await idsOf(list('/matters', { type: 'Leads', status: ['Open', 'Closed'] }))
    await idsOf(list('/events'))
    await idsOf(list('/events', { from: at }))
    const asks = asked.map(({ searchParams }) => [
      searchParams.getAll('Type'),
      searchParams.getAll('Status').length,
      searchParams.getAll('From'),
    ])
    expect(asks).toEqual([
      [['Matters,Leads'], 5, []],
      [['Leads'], 2, []],
      [[], 0, ['1900-01-01T00:00:00Z']],
      [[], 0, ['2026-11-01T10:20:30Z']],
    ])
  })

  it('brings all pages, and asks for each when it is needed', async () => {
    const { asked, list } = movingList(rowsOf(1_203))
    const walk = list('/contacts')
    await walk.next()
    expect(asked).toHaveLength(1)
    expect(await idsOf(walk)).toHaveLength(1_202)
    expect(asked.map(({ searchParams }) => searchParams.get('Offset'))).toEqual(['0', '480', '960'])
  })

  it.each([500, 501, 520, 1_000])('ends after %i items', async (count) => {
    const { list } = movingList(rowsOf(count))
    expect(await idsOf(list('/contacts'))).toHaveLength(count)
  })

  it.each([1, 2, 3, 7])('brings each item once by %i at once', async (limit) => {
    const { list } = movingList(rowsOf(20))
    expect(await idsOf(list('/contacts', { limit }))).toEqual(rowsOf(20).map(({ id }) => id))
  })

  it('skips no row when rows before it go, or go to the end', async () => {
    const rows = rowsOf(1_200)
    const { list } = movingList(rows, (call) => {
      if (call > 1) rows.push(...rows.splice(0, 15))
    })
    expect(inOrder(await idsOf(list('/matters')))).toEqual(rowsOf(1_200).map(({ id }) => id))
  })

  it('brings no row twice when rows come in before it', async () => {
    const rows = rowsOf(1_200)
    let added = 0
    const { list } = movingList(rows, (call) => {
      if (call > 1) for (let n = 0; n < 30; n++) rows.unshift({ id: `n${added++}` })
    })
    const ids = await idsOf(list('/tasks'))
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toEqual(expect.arrayContaining(rowsOf(1_200).map(({ id }) => id)))
  })

  it('begins again when more rows went than its pages overlap', async () => {
    const rows = rowsOf(1_000)
    const { asked, list } = movingList(rows, (call) => {
      if (call === 2) rows.push(...rows.splice(0, 200))
    })
    expect(inOrder(await idsOf(list('/matters')))).toEqual(rowsOf(1_000).map(({ id }) => id))
    expect(asked.filter(({ searchParams }) => searchParams.get('Offset') === '0')).toHaveLength(2)
  })

  it('begins again when rows went so that its next page is empty', async () => {
    const rows = rowsOf(520)
    const { list } = movingList(rows, (call) => {
      if (call === 2) rows.splice(0, 100)
    })
    expect(await idsOf(list('/tasks'))).toHaveLength(520)
  })

  it('says so when it never comes to rest', async () => {
    const rows = rowsOf(1_000)
    const { list } = movingList(rows, () => rows.push(...rows.splice(0, 300)))
    await expect(idsOf(list('/matters'))).rejects.toMatchObject({
      code: 'UNSETTLED_LIST',
      message: expect.stringContaining('List it again later'),
    })
  })

  it('brings items without an id', async () => {
    const { list } = typedCalls(
      async () => new Response('{"value":[{"folders":[]},{"folders":["a"]}],"size":9}'),
    )
    const folders = list('/matters/{matterId}/documents/folders', { matterId: 'm' })
    expect(await Array.fromAsync(folders)).toEqual([{ folders: [] }, { folders: ['a'] }])
  })

  it('ends, and says so, where the offset has no effect', async () => {
    let calls = 0
    const { list } = typedCalls(async () => {
      calls++
      return new Response(JSON.stringify({ value: rowsOf(10) }))
    })
    await expect(idsOf(list('/plugins', { limit: 10 }))).rejects.toMatchObject({ code: 'UNSETTLED_LIST' })
    expect(calls).toBeLessThan(30)
  })

  it('skips nothing by small pages when rows come in before them', async () => {
    const rows = rowsOf(20)
    const { list } = movingList(rows, (call) => {
      if (call % 3 === 2) rows.unshift({ id: `n${call}` })
    })
    const ids = await idsOf(list('/tasks', { limit: 2 }))
    expect(ids).toEqual(expect.arrayContaining(rowsOf(20).map(({ id }) => id)))
  })

  it('keeps every digit', async () => {
    const { list } = typedCalls(
      async () => new Response('{"value":[{"id":"1","lastUpdated":638609288928990639}]}'),
    )
    expect(await Array.fromAsync(list('/stages'))).toEqual([{ id: '1', lastUpdated: 638609288928990639n }])
  })
})

describe('typed calls of the client', () => {
  let world: ApiWorld | undefined
  afterEach(() => world?.server.stop())
  const start = async (): Promise<ApiWorld & TypedCalls> => {
    world = await apiWorld()
    return { ...world, ...typedCalls((path) => (world as ApiWorld).call(path)) }
  }

  it('put ids into their place in the path, and nowhere else', async () => {
    const { get, server } = await start()
    server.answers.push({ status: 200, body: '{"versionId":"638609288928990639","x":638609288928990639}' })
    const matterId = 'a/b?c=d'
    const matter = await get('/matters/{matterId}', { matterId })
    expect(matter).toEqual({ versionId: '638609288928990639', x: 638609288928990639n })
    expect(server.calls[0]?.url).toBe('/matters/a%2Fb%3Fc%3Dd')
    for (const forged of ['', '..', undefined])
      await expect(get('/matters/{matterId}', { matterId: forged as string })).rejects.toThrow(
        /^matterId of \/matters\/\{matterId\} is .*Give an id/,
      )
    const untyped = get as unknown as (path: string) => Promise<unknown>
    await expect(untyped('/firm?x=y')).rejects.toThrow(/^Give a path alone/)
    expect(server.calls).toHaveLength(1)
  })

  it('wait as long as Smokeball asks, in the midst of a list', async () => {
    const { list, server, sentAtMs } = await start()
    server.answers.push(
      { status: 200, body: { value: rowsOf(2), size: 3 } },
      { status: 429, headers: { 'retry-after': '3' } },
      { status: 200, body: { value: rowsOf(3).slice(1), size: 3 } },
      { status: 200, body: { value: rowsOf(3).slice(2), size: 3 } },
    )
    expect(await idsOf(list('/contacts', { limit: 2 }))).toEqual(['r0', 'r1', 'r2'])
    expect((sentAtMs[2] ?? 0) - (sentAtMs[1] ?? 0)).toBeGreaterThanOrEqual(3_000)
  })

  it('throw 404 for what is not there, or not there yet', async () => {
    const { get, server } = await start()
    server.answers.push({ status: 404 })
    await expect(get('/tasks/{id}', { id: 't' })).rejects.toMatchObject({
      code: 'SMOKEBALL_ERROR',
      status: 404,
      message: expect.stringContaining('A new record may not be readable for some seconds'),
    })
  })

  it('say so when the answer is no JSON, or no list', async () => {
    const { get, list } = typedCalls(async () => new Response('<html>'))
    await expect(get('/firm')).rejects.toMatchObject({ code: 'UNREADABLE_ANSWER' })
    await expect(idsOf(list('/staff'))).rejects.toMatchObject({ code: 'NOT_A_LIST' })
  })

  it('say so when an answer breaks off', async () => {
    const broken = () => new ReadableStream({ start: (controller) => controller.error(new Error('reset')) })
    const { get } = typedCalls(async () => new Response(broken()))
    await expect(get('/firm')).rejects.toMatchObject({ code: 'SMOKEBALL_UNREACHABLE' })
  })
})

import { describe, expect, it } from 'vitest'
import { walkChanges } from '../../shared/catch-up/walk-changes.ts'
import { tellingLists } from '../../shared/catch-up/wanted-lists.ts'
import { catchUpWorld } from './catch-up-world.ts'
import { randomOf } from './fortnight.ts'

const never = new AbortController().signal
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const afterADay = 24 * hourMs + minuteMs
const startEpochMs = Date.UTC(2026, 10, 2)

type WorldOptions = Partial<Parameters<typeof catchUpWorld>[0]>

/** A world with so many matters that are known, whose lists were walked once, for handlers of these kinds. */
async function worldOf(kinds: readonly string[], matters: number, options: WorldOptions = {}) {
  const world = catchUpWorld({ startEpochMs, firms: 1, random: randomOf(1), ...options })
  const over = { patterns: kinds.map((kind) => `${kind}.*`) }
  const run = (dyingAfter?: number) => world.run({ over, ...(dyingAfter !== undefined && { dyingAfter }) })
  /** What belongs to the matter changes, and so does the matter; both are told, or what belongs to it is lost. */
  const change = (matter: string, list: 'fees' | 'memos' | 'invoices' | 'expenses', id: string, how = {}) => {
    const text = world.change('firm-0', `/matters/${matter}/${list}`, id, how)
    world.change('firm-0', '/matters', matter)
    world.pass(1_000)
    return text
  }
  for (let nth = 0; nth < matters; nth++) {
    world.change('firm-0', '/matters', `m-${nth}`)
    world.pass(1_000)
  }
  world.pass(3 * hourMs)
  expect(await run()).toMatchObject({ found: 0, left: 0 })
  world.pass(hourMs)
  world.calls.length = 0
  return { ...world, run, changeOf: change }
}

const pathsOf = (calls: readonly string[]) => calls.map((path) => path.split('?')[0])
const ids = (events: readonly { resource: { id: string } }[]) =>
  events.map(({ resource }) => resource.id).toSorted()

describe('what belongs to a matter', () => {
  it.each([
    ['fee', 'fees'],
    ['expense', 'expenses'],
    ['memo', 'memos'],
  ] as const)('of the kind %s is found where its matter has changed, and once', async (kind, list) => {
    const world = await worldOf([kind], 3)
    world.changeOf('m-1', list, 'x')
    world.changeOf('m-1', list, 'gone')
    world.changeOf('m-1', list, 'gone', { isDeleted: true })
    await world.deliver(world.changeOf('m-2', list, 'told'))
    world.handled.length = 0
    world.pass(afterADay)
    expect(await world.run()).toMatchObject({ found: 2, left: 0 })
    await world.consume()
    expect(world.handled.map(({ type, resource }) => [type, resource.id]).toSorted()).toEqual([
      [`${kind}.deleted`, 'gone'],
      [`${kind}.updated`, 'x'],
    ])
    expect(world.handled.every(({ recovered }) => recovered)).toBe(true)
    // Those of no matter that has not changed are asked for.
    expect(new Set(pathsOf(world.calls))).toEqual(
      new Set(['/matters', `/matters/m-1/${list}`, `/matters/m-2/${list}`]),
    )
    world.pass(afterADay)
    expect(await world.run()).toMatchObject({ found: 0 })
  })

  it('is not found where its matter has not changed, unless all matters are looked at', async () => {
    const world = await worldOf(['invoice'], 45)
    for (const matter of ['m-0', 'm-22', 'm-44'])
      world.change('firm-0', `/matters/${matter}/invoices`, matter)
    world.pass(afterADay)
    expect(await world.run()).toMatchObject({ found: 0, left: 0 })
    const list = tellingLists.find(({ kind }) => kind === 'invoice')
    const [walk] = await world.walks.list(never)
    if (!list || !walk?.known) throw new Error('There is no walk of invoices.')
    const { known } = walk
    world.calls.length = 0
    const of = { accountId: 'firm-0', list, walk, since: known - 10_000_000n * 86_400n, ofAllMatters: true }
    const deps = { ...world.depsOf(), isWanted: () => true }
    const limit = { signal: never, signalEpochMs: world.now() + hourMs }
    expect(await walkChanges(deps, { ...of, since: of.since as typeof known }, { limit })).toEqual({
      found: 3,
      isOver: true,
    })
    await world.consume()
    expect(ids(world.handled)).toEqual(['m-0', 'm-22', 'm-44'])
    // The first page asks for matters of any time, and none is looked at twice though pages overlap: each found version costs
    // one more call.
    expect(world.calls[0]).not.toContain('LastUpdated=')
    expect(world.calls.filter((path) => path.includes('/invoices'))).toHaveLength(48)
  })

  it('is found for all its matters where a sort is not heeded, and where many changed at once', async () => {
    for (const isSorted of [true, false]) {
      const world = await worldOf(['memo'], 0, { isSorted })
      for (let nth = 0; nth < 70; nth++) {
        world.change('firm-0', `/matters/m-${nth}/memos`, `memo-${nth}`)
        world.change('firm-0', '/matters', `m-${nth}`)
      }
      world.pass(afterADay)
      expect(await world.run()).toMatchObject({ found: 70 })
      expect(world.calls.filter((path) => path.includes('/memos'))).toHaveLength(70)
    }
  })

  it('is told page by page where a matter has many, and a memo by its own date alone', async () => {
    const world = await worldOf(['memo'], 1)
    for (let nth = 0; nth < 1_100; nth++) world.change('firm-0', '/matters/m-0/memos', `old-${nth}`)
    world.pass(3 * afterADay)
    await world.run()
    await world.consume()
    world.handled.length = 0
    world.changeOf('m-0', 'memos', 'new')
    world.pass(afterADay)
    world.calls.length = 0
    expect(await world.run()).toMatchObject({ found: 1 })
    await world.consume()
    expect(ids(world.handled)).toEqual(['new'])
    expect(world.calls.filter((path) => path.includes('/memos'))).toHaveLength(3)
  })

  it('is not told where nothing says when it was changed', async () => {
    const world = await worldOf(['memo'], 1)
    world.changeOf('m-0', 'memos', 'x')
    for (const [, row] of world.held('firm-0', '/matters/m-0/memos')) row.text = '{"id":"x"}'
    world.pass(afterADay)
    expect(await world.run()).toMatchObject({ found: 0, left: 0 })
  })

  it('waits while it is young, also where only the filter of its list knows that', async () => {
    const world = await worldOf(['fee', 'memo', 'activitycode'], 1, { everyMs: minuteMs })
    world.changeOf('m-0', 'fees', 'old')
    world.change('firm-0', '/activitycodes', 'old')
    world.pass(40 * minuteMs)
    world.changeOf('m-0', 'fees', 'young')
    world.changeOf('m-0', 'memos', 'young')
    world.change('firm-0', '/activitycodes', 'young')
    world.pass(minuteMs)
    expect(await world.run()).toMatchObject({ found: 2 })
    await world.consume()
    expect(ids(world.handled)).toEqual(['old', 'old'])
    world.pass(hourMs)
    expect(await world.run()).toMatchObject({ found: 3 })
  })
})

describe("a matter's files", () => {
  const file = (world: Awaited<ReturnType<typeof worldOf>>, matter: string, id: string) => {
    world.change('firm-0', `/matters/${matter}/documents/files`, id)
    world.change('firm-0', '/matters', matter)
    world.pass(1_000)
  }

  it('are told once a matter, by the newest date, and without a cursor', async () => {
    const world = await worldOf(['files'], 2)
    file(world, 'm-0', 'a')
    file(world, 'm-0', 'b')
    const newest = new Date(world.now() - 1_000).toISOString().slice(0, 19)
    world.pass(afterADay)
    // This one is too young to be told, and hides nothing.
    file(world, 'm-0', 'c')
    expect(await world.run()).toMatchObject({ found: 1 })
    await world.consume()
    expect(world.handled).toMatchObject([
      {
        type: 'files.updated',
        resource: { kind: 'files', id: 'm-0' },
        payload: { matterId: 'm-0', dateModified: `${newest}.000Z` },
      },
    ])
  })

  it('are not told where a delivery told of them since', async () => {
    const world = await worldOf(['files'], 1)
    file(world, 'm-0', 'a')
    const ticks = 621_355_968_000_000_000n + BigInt(world.now()) * 10_000n
    await world.deliver(
      `{"accountId":"firm-0","type":"files.updated","source":"API","payload":{"matterId":"m-0","cursor":"c"},"timestamp":${ticks}}`,
    )
    world.pass(afterADay)
    expect(await world.run()).toMatchObject({ found: 0, left: 0 })
  })
})

describe('a walk over matters', () => {
  it('goes on where it stopped when its process died between two matters, and hands nothing over twice', async () => {
    const world = await worldOf(['memo'], 0)
    for (let nth = 0; nth < 60; nth++) world.changeOf(`m-${nth}`, 'memos', `memo-${nth}`)
    world.pass(afterADay)
    let runs = 0
    const asked: number[] = []
    for (let left = 1; left > 0; runs++) {
      world.calls.length = 0
      const result = await world.run(130 + runs)
      asked.push(world.calls.filter((path) => path.includes('/memos')).length)
      await world.consume()
      world.pass(15 * minuteMs)
      left = result?.left === 0 && result.walked > 0 ? 0 : 1
      if (runs > 20) throw new Error('it never ends')
    }
    expect(runs).toBeGreaterThan(1)
    expect(new Set(ids(world.handled)).size).toBe(60)
    expect(world.handled).toHaveLength(60)
    // The last run did not begin at the first matter again.
    expect(asked.at(-1)).toBeLessThan(60)
  })

  it.each([403, 404, 503])(
    'goes on behind a matter that answers %d, and looks at it again the next time',
    async (status) => {
      const world = await worldOf(['fee'], 1)
      world.changeOf('m-good', 'fees', 'good')
      world.changeOf('m-bad', 'fees', 'bad')
      world.changeOf('m-last', 'fees', 'last')
      world.refuse((_, path) => (path === '/matters/m-bad/fees' ? status : undefined))
      world.pass(afterADay)
      expect(await world.run()).toMatchObject({ found: 2, left: 0 })
      await world.consume()
      world.refuse(() => undefined)
      world.pass(afterADay)
      expect(await world.run()).toMatchObject({ found: 1, left: 0 })
      await world.consume()
      expect(ids(world.handled)).toEqual(['bad', 'good', 'last'])
    },
  )

  it('looks for a matter that never answers for two days, and is not held up by it', async () => {
    const world = await worldOf(['fee'], 0, { everyMs: 12 * hourMs })
    world.changeOf('m-bad', 'fees', 'bad')
    world.refuse((_, path) => (path === '/matters/m-bad/fees' ? 404 : undefined))
    const known: bigint[] = []
    for (let halfDay = 0; halfDay < 6; halfDay++) {
      world.pass(12 * hourMs + minuteMs)
      expect(await world.run()).toMatchObject({ left: 0 })
      known.push((await world.walks.list(never))[0]?.known ?? 0n)
    }
    expect(known.slice(0, 3)).toEqual(Array(3).fill(known[0]))
    expect(known.at(-1)).toBeGreaterThan(known[0] ?? 0n)
  })

  it('fails where no matter answers: a scope may be missing', async () => {
    const world = await worldOf(['fee'], 0)
    for (let nth = 0; nth < 3; nth++) world.changeOf(`m-${nth}`, 'fees', `fee-${nth}`)
    world.refuse((_, path) => (path.endsWith('/fees') ? 403 : undefined))
    world.pass(afterADay)
    expect(await world.run()).toMatchObject({ found: 0, walked: 0, left: 1 })
    expect(world.lines).toContainEqual(expect.objectContaining({ failure: 'catch-up', kind: 'fee' }))
    world.refuse(() => undefined)
    world.pass(hourMs)
    expect(await world.run()).toMatchObject({ found: 3, left: 0 })
  })
})

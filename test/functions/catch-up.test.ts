import { describe, expect, it } from 'vitest'
import { walkChanges } from '../../shared/catch-up/walk-changes.ts'
import { tellingLists } from '../../shared/catch-up/wanted-lists.ts'
import { epochMsToTicks, ticksToDate } from '../../shared/event/ticks.ts'
import { changeLists } from '../../shared/smokeball-api/lists.ts'

import { catchUpWorld } from './catch-up-world.ts'
import { randomOf, runFortnight } from './fortnight.ts'

const never = new AbortController().signal
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const allLists = tellingLists.length
const startEpochMs = Date.UTC(2026, 10, 2)

describe('a fortnight', () => {
  it.each([1])('in which nothing is lost has nothing to recover (seed %d)', async (seed) => {
    const fortnight = { seed, firms: 3, changes: 300, dropped: 0, hasTroubles: false }
    expect(await runFortnight(fortnight)).toMatchObject({ recovered: 0 })
  })

  it.each([3])('ends with each newest state handled, though much is lost (seed %d)', async (seed) => {
    const fortnight = { seed, firms: 3, changes: 300, dropped: 0.2, hasTroubles: true }
    expect((await runFortnight(fortnight)).recovered).toBeGreaterThan(10)
  })
})

/** A world whose lists were walked once. */
async function walkedWorld(options: Partial<Parameters<typeof catchUpWorld>[0]> = {}) {
  const world = catchUpWorld({ startEpochMs, firms: 1, random: randomOf(1), ...options })
  expect(await world.run()).toMatchObject({ found: 0 })
  world.pass(hourMs)
  return world
}
const afterADay = 24 * hourMs + minuteMs

describe('a change that no delivery tells of', () => {
  it('is handled as what it is: recovered, from catch-up, with its payload as it was fetched', async () => {
    const world = await walkedWorld()
    world.change('firm-0', '/contacts', 'c')
    world.pass(afterADay)
    expect(await world.run()).toMatchObject({ found: 1, left: 0 })
    await world.consume()
    const [[, { text }] = ['', { text: '' }]] = world.held('firm-0', '/contacts')
    expect(world.handled).toMatchObject([
      {
        ...{ type: 'contact.updated', source: 'CatchUp', recovered: true, own: false, requestId: '' },
        ...{ payloadText: text, resource: { kind: 'contact', id: 'c' }, userId: undefined },
      },
    ])
    world.pass(afterADay)
    expect(await world.run()).toMatchObject({ found: 0 })
  })

  it('is told as deleted where it says so', async () => {
    const world = await walkedWorld()
    for (const path of ['/matters', '/tasks'] as const) {
      world.change('firm-0', path, 'x')
      world.pass(1)
      world.change('firm-0', path, 'x', { isDeleted: true })
    }
    world.pass(afterADay)
    await world.run()
    await world.consume()
    // Smokeball lists no type `matter.deleted`.
    expect(world.handled.map(({ type }) => type).toSorted()).toEqual(['matter.updated', 'task.deleted'])
  })

  it('waits until it is half an hour old, and its delivery may still come', async () => {
    const world = await walkedWorld({ everyMs: minuteMs })
    world.change('firm-0', '/contacts', 'c')
    world.pass(29 * minuteMs)
    expect(await world.run()).toMatchObject({ found: 0 })
    world.pass(2 * minuteMs)
    expect(await world.run()).toMatchObject({ found: 1 })
  })

  it('is passed by when its delivery comes before the consumer has it', async () => {
    const world = await walkedWorld()
    const text = world.change('firm-0', '/contacts', 'c')
    world.pass(afterADay)
    await world.run()
    const [found] = world.queue.splice(0)
    await world.deliver(text)
    if (found) world.queue.push(found)
    await world.consume()
    expect(world.outcomes).toEqual(['handled', 'seen'])
  })

  it('that no handler takes is left alone, and its list is not asked for', async () => {
    const world = await walkedWorld({ everyMs: 1 })
    world.calls.length = 0
    await world.run({ over: { patterns: ['contact.*'] } })
    expect(world.calls.map((path) => path.split('?')[0])).toEqual(['/contacts'])
  })

  it('that is not there yet is looked for again, however long that takes', async () => {
    const world = await walkedWorld({ everyMs: hourMs })
    world.change('firm-0', '/events', 'e')
    world.refuse((_, path) => (path === '/events/e' ? 404 : undefined))
    for (let hour = 0; hour < 5; hour++) {
      world.pass(hourMs)
      expect(await world.run()).toMatchObject({ found: 0 })
    }
    world.refuse(() => undefined)
    world.pass(hourMs)
    expect(await world.run()).toMatchObject({ found: 1 })
  })
})

describe('a walk since a time that somebody names', () => {
  const commandOf = async (
    world: Awaited<ReturnType<typeof walkedWorld>>,
    sinceEpochMs: number,
    pages = 99,
  ) => {
    const deps = { ...world.depsOf(), isWanted: () => true }
    const [walk] = (await world.walks.list(never)).filter(({ kind }) => kind === 'contact')
    const list = changeLists.find(({ kind }) => kind === 'contact')
    if (!list) throw new Error('never')
    const since = epochMsToTicks(sinceEpochMs)
    let left = pages
    const clock = { ...deps.clock, now: () => (left-- > 0 ? world.now() : world.now() + hourMs) }
    const limit = { signal: never, signalEpochMs: world.now() + 30 * minuteMs }
    return walkChanges({ ...deps, clock }, { accountId: 'firm-0', list, walk, since }, { limit })
  }

  it('takes nothing for known that lies before it', async () => {
    const world = await walkedWorld()
    world.change('firm-0', '/contacts', 'monday')
    world.pass(4 * afterADay)
    world.change('firm-0', '/contacts', 'friday')
    world.pass(hourMs)
    expect(await commandOf(world, world.now() - 6 * hourMs)).toMatchObject({ found: 1, isOver: true })
    await world.consume()
    // It was walked just now, so the night comes first.
    world.pass(afterADay)
    expect(await world.run()).toMatchObject({ found: 1 })
    await world.consume()
    expect(world.handled.map(({ resource }) => resource.id)).toEqual(['friday', 'monday'])
  })

  it('that is stopped is not gone on with by the keeper', async () => {
    const world = await walkedWorld()
    for (let nth = 0; nth < 1_200; nth++) {
      world.change('firm-0', '/contacts', `old-${nth}`)
      world.pass(1)
    }
    world.pass(afterADay)
    await world.run()
    await world.consume()
    world.handled.length = 0
    expect(await commandOf(world, startEpochMs, 4)).toMatchObject({ isOver: false })
    expect((await world.walks.list(never)).filter(({ place }) => place)).toEqual([])
  })
})

describe('a healthy night', () => {
  it('tells a handler of updates alone nothing of what was created meanwhile', async () => {
    const patterns = ['contact.updated']
    const world = await walkedWorld()
    world.change('firm-0', '/contacts', 'new')
    world.pass(afterADay)
    expect(await world.run({ over: { patterns } })).toMatchObject({ found: 0 })
    world.change('firm-0', '/contacts', 'new')
    await world.deliver(world.change('firm-0', '/contacts', 'known'))
    world.pass(1)
    world.change('firm-0', '/contacts', 'known')
    world.pass(afterADay)
    expect(await world.run({ over: { patterns } })).toMatchObject({ found: 1 })
  })

  it('finds the first change of a kind of which no creation is told', async () => {
    const world = await walkedWorld()
    world.change('firm-0', '/stages', 'm')
    world.pass(afterADay)
    expect(await world.run({ over: { patterns: ['matterstage.updated'] } })).toMatchObject({ found: 1 })
  })

  it('hands over no version of a code that was delivered, or replaced, meanwhile', async () => {
    const world = await walkedWorld()
    await world.deliver(world.change('firm-0', '/activitycodes', 'a'))
    world.pass(afterADay)
    await world.run()
    expect(world.queue).toEqual([])
    const lost = world.change('firm-0', '/activitycodes', 'a')
    world.pass(afterADay)
    // It changes once more while the list is read, and is delivered at once.
    let isChanged = false
    world.onCall(async () => {
      if (isChanged) return
      isChanged = true
      await world.deliver(world.change('firm-0', '/activitycodes', 'a'))
    })
    expect(lost).not.toBe('')
    expect(await world.run()).toMatchObject({ found: 0 })
    const another = world.change('firm-0', '/activitycodes', 'b')
    expect(another).not.toBe('')
    world.pass(afterADay)
    expect(await world.run()).toMatchObject({ found: 1 })
  })

  it('is not fooled by a stamp from the future', async () => {
    const world = await walkedWorld()
    const text = world.change('firm-0', '/contacts', 'c')
    await world.deliver(text.replace(/"lastUpdated":\d+/, '"lastUpdated":999999999999999999'))
    world.pass(hourMs)
    world.change('firm-0', '/contacts', 'c')
    world.pass(afterADay)
    expect(await world.run()).toMatchObject({ found: 1 })
  })
})

describe('a walk', () => {
  it('begins anew where nobody walked for days: what lies between is too much', async () => {
    const world = await walkedWorld()
    for (let nth = 0; nth < 20; nth++) world.change('firm-0', '/contacts', `c-${nth}`)
    const { known = 0n } = (await world.walks.list(never)).find(({ kind }) => kind === 'contact') ?? {}
    world.pass(5 * afterADay)
    expect(await world.run()).toMatchObject({ found: 0, walked: allLists })
    const told = world.lines.filter(({ warning }) => warning === 'catch-up begins anew')
    expect(told).toHaveLength(allLists)
    expect(told.find(({ kind }) => kind === 'contact')).toMatchObject({
      account: 'firm-0',
      unknownSince: ticksToDate(known).toISOString(),
    })
    world.change('firm-0', '/contacts', 'new')
    world.pass(afterADay)
    expect(await world.run()).toMatchObject({ found: 1 })
  })

  it.each([403, 404, 500])(
    'goes on behind one row that answers %d, and gives it up after two days',
    async (status) => {
      const world = await walkedWorld()
      world.change('firm-0', '/events', 'bad')
      world.pass(1_000)
      world.change('firm-0', '/events', 'good')
      world.refuse((_, path) => (path === '/events/bad' ? status : undefined))
      world.pass(afterADay)
      expect(await world.run()).toMatchObject({ found: 1, left: 0 })
      await world.consume()
      const knownOf = async () =>
        (await world.walks.list(never)).find(({ kind }) => kind === 'event')?.known ?? 0n
      const pinned = await knownOf()
      for (let day = 0; day < 3; day++) {
        world.pass(afterADay)
        await world.run()
      }
      expect(await knownOf()).toBeGreaterThan(pinned)
      expect(world.handled.map(({ resource }) => resource.id)).toEqual(['good'])
    },
  )

  it('finds all where the sort is not heeded, and where an offset has grown old', async () => {
    const world = await walkedWorld({ isSorted: false })
    for (let nth = 0; nth < 1_500; nth++) {
      world.change('firm-0', nth % 2 ? '/contacts' : '/tasks', `r-${nth}`)
      world.pass(1)
    }
    world.pass(afterADay)
    const first = await world.run({ dyingAfter: 1_300 })
    await world.consume()
    expect(first).toBeUndefined()
    for (let nth = 0; nth < 400; nth++) world.change('firm-0', nth % 2 ? '/contacts' : '/tasks', `r-${nth}`)
    for (let day = 0; day < 3; day++) {
      world.pass(afterADay)
      await world.run()
      await world.consume()
    }
    const newest = new Map(world.handled.map((event) => [event.resource.id, event.payloadText]))
    for (const path of ['/contacts', '/tasks'] as const)
      for (const [id, { text }] of world.held('firm-0', path)) expect(newest.get(id)).toBe(text)
  })

  it('goes on where it stopped when its process died at any call, and hands nothing over twice', async () => {
    const world = await walkedWorld()
    for (let nth = 0; nth < 1_200; nth++) {
      world.change('firm-0', nth % 2 ? '/contacts' : '/tasks', `r-${nth}`)
      world.pass(nth % 3)
    }
    world.pass(afterADay)
    let runs = 0
    for (let left = 1; left > 0; runs++) {
      const result = await world.run({ dyingAfter: 1_100 + runs })
      await world.consume()
      world.pass(15 * minuteMs)
      left = result?.left === 0 && result.walked > 0 ? 0 : 1
      if (runs > 40) throw new Error('it never ends')
    }
    expect(runs).toBeGreaterThan(1)
    expect(world.handled).toHaveLength(1_200)
    expect(new Set(world.handled.map(({ resource }) => resource.id)).size).toBe(1_200)
  })

  it('finds each of many rows with one stamp, which is more than a page', async () => {
    for (const isInclusive of [true, false]) {
      const world = await walkedWorld({ isInclusive })
      for (let nth = 0; nth < 1_300; nth++) world.change('firm-0', '/contacts', `c-${nth}`)
      world.pass(afterADay)
      expect(await world.run()).toMatchObject({ found: 1_300 })
      await world.consume()
      expect(new Set(world.handled.map(({ resource }) => resource.id)).size).toBe(1_300)
      expect(world.handled).toHaveLength(1_300)
    }
  })

  it('of one firm that fails does not stop the others, and is told of until it succeeds', async () => {
    const world = await walkedWorld({ firms: 3 })
    world.refuse((accountId) => (accountId === 'firm-1' ? 403 : undefined))
    for (const accountId of world.accountIds) world.change(accountId, '/contacts', 'c')
    world.pass(afterADay)
    expect(await world.run()).toMatchObject({ found: 2, left: allLists })
    expect(world.lines).toContainEqual(
      expect.objectContaining({ failure: 'catch-up', account: 'firm-1', kind: 'contact' }),
    )
    const problems = (await world.walks.list(new AbortController().signal)).filter(({ problem }) => problem)
    expect(problems.map(({ accountId }) => accountId)).toEqual(Array(allLists).fill('firm-1'))
    // It is not asked for each quarter of an hour.
    world.pass(15 * minuteMs)
    expect(await world.run()).toMatchObject({ walked: 0, left: 0 })
    world.pass(13 * hourMs)
    await world.run()
    const behind = world.lines.findLast((line) => line.catchUp === 'walked')
    expect(Number(behind?.behindSeconds)).toBeGreaterThan(12 * 3_600)
    world.refuse(() => undefined)
    world.pass(hourMs)
    expect(await world.run()).toMatchObject({ found: 1, left: 0 })
    expect((await world.walks.list(new AbortController().signal)).filter(({ problem }) => problem)).toEqual(
      [],
    )
  })

  it('waits while much is in the queue, or something is put aside', async () => {
    const world = await walkedWorld()
    world.pass(afterADay)
    const survey = async () => ({ count: 1, hasMore: false, oldestEpochMs: 0 })
    expect(await world.run({ over: { aside: { survey } } })).toEqual({ walked: 0, left: 0, found: 0 })
    expect(await world.run({ over: { waiting: async () => 1_001 } })).toEqual({
      walked: 0,
      left: 0,
      found: 0,
    })
    expect(world.lines.slice(-2)).toEqual([
      { catchUp: 'waits', why: 'put-aside', due: allLists, behindSeconds: expect.any(Number) },
      { catchUp: 'waits', why: 'backlog', due: allLists, behindSeconds: expect.any(Number) },
    ])
    expect(await world.run()).toMatchObject({ walked: allLists })
  })

  it('finds what was lost before and while it waited for days, and says how far it is behind', async () => {
    const world = await walkedWorld()
    world.change('firm-0', '/contacts', 'lost')
    const survey = async () => ({ count: 1, hasMore: false, oldestEpochMs: 0 })
    for (let quarter = 0; quarter < 5 * 24 * 4; quarter++) {
      world.pass(15 * minuteMs)
      await world.run({ over: { aside: { survey } } })
    }
    expect(Number(world.lines.at(-1)?.behindSeconds)).toBeGreaterThan(3.9 * 86_400)
    world.change('firm-0', '/contacts', 'lost, too')
    world.pass(hourMs)
    expect(await world.run()).toMatchObject({ found: 2, walked: allLists })
    expect(world.lines.filter(({ warning }) => warning !== undefined)).toEqual([])
  })

  it.each([72, 96, 168])('finds what was lost where it has its turn every %d hours', async (hours) => {
    const world = await walkedWorld({ everyMs: hours * hourMs })
    world.change('firm-0', '/contacts', 'lost')
    world.pass(hours * hourMs + minuteMs)
    expect(await world.run()).toMatchObject({ found: 1, walked: allLists })
  })

  it('of a list that heeds no offset ends with a word, and holds up no other firm', async () => {
    const world = await walkedWorld({ firms: 4, heedsOffset: false })
    for (const path of ['/tasks', '/stages'] as const)
      for (let nth = 0; nth < 501; nth++) world.change('firm-0', path, `r-${nth}`)
    world.change('firm-3', '/contacts', 'lost')
    world.pass(afterADay)
    const { walked, left } = (await world.run()) ?? {}
    expect([walked, left]).toEqual([4 * allLists - 2, 2])
    const failures = world.lines.filter(({ failure }) => failure === 'catch-up')
    expect(failures.map(({ account, kind }) => [account, kind])).toEqual([
      ['firm-0', 'task'],
      ['firm-0', 'matterstage'],
    ])
    expect(failures[0]?.error).toMatch(/\/tasks brought nothing new for 5 pages/)
    await world.consume()
    expect(world.handled.map(({ resource }) => resource.id)).toContain('lost')
  })

  it('of a matter whose list heeds no offset ends, too', async () => {
    const world = await walkedWorld({ heedsOffset: false })
    world.change('firm-0', '/matters', 'm')
    for (let nth = 0; nth < 501; nth++)
      world.change('firm-0', '/matters/m/memos' as '/matters', `memo-${nth}`)
    world.pass(afterADay)
    await world.run()
    expect(world.lines.find(({ kind, failure }) => kind === 'memo' && failure)?.error).toMatch(
      /\/matters\/m\/memos brought nothing new/,
    )
  })

  it('comes half an hour after the first loss, and every two hours while others go on', async () => {
    const world = await walkedWorld()
    world.change('firm-0', '/contacts', 'c')
    let walked = 0
    for (let quarter = 0; quarter < 12; quarter++) {
      await world.walks.noteLoss(never)
      world.pass(15 * minuteMs)
      walked += (await world.run())?.walked ?? 0
    }
    expect(walked).toBe(2 * allLists)
  })

  it('is one at a time', async () => {
    const world = await walkedWorld()
    world.pass(afterADay)
    await world.walks.lock(world.now() + hourMs, new AbortController().signal)
    expect(await world.run()).toEqual({ walked: 0, left: 0, found: 0 })
    world.pass(hourMs + 1)
    expect(await world.run()).toMatchObject({ walked: allLists })
  })

  it('does not wait for the night once a subscription was repaired', async () => {
    const world = await walkedWorld()
    world.change('firm-0', '/contacts', 'c')
    world.pass(hourMs)
    const accounts = await world.depsOf().accounts.list(new AbortController().signal)
    const lastCheck = { outcome: 'repaired', atEpochMs: world.now() } as const
    const list = async () => accounts.map((account) => ({ ...account, lastCheck }))
    world.pass(minuteMs)
    expect(await world.run()).toMatchObject({ walked: 0 })
    expect(await world.run({ over: { accounts: { list } } })).toMatchObject({ walked: allLists, found: 1 })
    expect(await world.run({ over: { accounts: { list } } })).toMatchObject({ walked: 0 })
  })

  it('walks half an hour after deliveries were lost, once, and rests for two hours before it walks again', async () => {
    const world = await walkedWorld()
    const walkedAfter = async (ms: number) => {
      world.pass(ms)
      return (await world.run())?.walked
    }
    world.change('firm-0', '/contacts', 'c')
    await world.walks.noteLoss(never)
    world.pass(29 * minuteMs)
    expect(await world.run()).toMatchObject({ walked: 0 })
    world.pass(hourMs)
    expect(await world.run()).toMatchObject({ walked: allLists, found: 1 })
    expect(await walkedAfter(minuteMs)).toBe(0)
    await world.walks.noteLoss(never)
    expect(await walkedAfter(hourMs)).toBe(0)
    expect(await walkedAfter(hourMs)).toBe(allLists)
    expect(await walkedAfter(3 * hourMs)).toBe(0)
    expect(await world.walks.list(never)).toHaveLength(allLists)
  })

  it('makes no call beyond its time, and goes on in the next run', async () => {
    const world = await walkedWorld({ firms: 400, everyMs: hourMs })
    world.pass(hourMs)
    const first = await world.run()
    expect(first?.left).toBeGreaterThan(0)
    expect((first?.walked ?? 0) + (first?.left ?? 0)).toBe(400 * allLists)
    const second = await world.run()
    expect(second?.walked).toBe(first?.left)
  })
})

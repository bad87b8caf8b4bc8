import { describe, expect, it } from 'vitest'
import { keeperWorld, mostInTenSeconds, scheduledRun } from './keeper-world.ts'

const minute = 60_000
const hour = 60 * minute
const typesCalls = (calls: readonly { path: string }[]) =>
  calls.filter(({ path }) => path === '/webhooks/types').length

describe('a run over all firms', () => {
  it('asks for the types once, and for two calls a second at most, though three firms are side by side', async () => {
    const { start, calls } = keeperWorld({ firms: 30, callMs: 1_200 })
    const { accounts, left } = await start().run()
    expect([accounts.length, left]).toEqual([30, 0])
    expect(typesCalls(calls)).toBe(1)
    expect(calls).toHaveLength(31)
    expect(mostInTenSeconds(calls)).toBeLessThanOrEqual(21)
    const [first, last] = [calls[0]?.atEpochMs ?? 0, calls.at(-1)?.atEpochMs ?? 0]
    // One after the other, they would take 36 seconds.
    expect(last - first).toBeLessThan(18_000)
  })

  it('goes on beside a firm that hangs, and tells of that one alone', async () => {
    const world = keeperWorld({ firms: 60 })
    world.answers.set('firm-0', 'never')
    const start = world.clock.now()
    await expect(world.start().run()).rejects.toThrow(/^1 of 60 accounts could not .* firm-0/)
    expect(world.clock.now() - start).toBeLessThan(minute)
    expect(world.lines.filter(({ subscription }) => subscription === 'unchanged')).toHaveLength(59)
  })

  it('goes on beside firms whose credentials fail, and does not fail for them', async () => {
    const world = keeperWorld({ firms: 20 })
    for (const firm of ['firm-0', 'firm-1', 'firm-2', 'firm-7'])
      world.answers.set(firm, 'credentials refused')
    const { accounts } = await world.start().run()
    expect(accounts.filter(({ outcome }) => outcome === 'unchanged')).toHaveLength(16)
    expect(accounts.filter(({ outcome }) => outcome === 'failed')).toHaveLength(4)
    // The first ones ask for themselves, since another's failure says nothing of theirs.
    expect(typesCalls(world.calls)).toBeLessThan(7)
  })

  it('of the schedule that is tried again looks only at what failed', async () => {
    const world = keeperWorld({ firms: 20 })
    world.answers.set('firm-3', 'bad request')
    const schedule = { atEpochMs: world.clock.now(), everyMs: hour }
    await expect(world.start().run(schedule)).rejects.toThrow(/firm-3/)
    world.answers.clear()
    world.calls.length = 0
    await world.pass(minute)
    expect(await world.start().run(schedule)).toMatchObject({ accounts: [{ accountId: 'firm-3' }] })
    expect(world.calls.map(({ firm }) => firm)).toEqual(['firm-3', 'firm-3'])
  })

  it('that somebody asks for looks at all, whatever was looked at just now', async () => {
    const world = keeperWorld({ firms: 5 })
    await world.start().run()
    expect((await world.start().run()).accounts).toHaveLength(5)
  })

  it('leaves out half an interval at most, whatever its schedule says of the time', async () => {
    const world = keeperWorld({ firms: 5 })
    await world.start().run()
    await world.pass(hour)
    expect((await world.start().run({ atEpochMs: 0, everyMs: hour })).accounts).toHaveLength(5)
  })

  it('beside another one looks at what that one does not, at one pace', async () => {
    const world = keeperWorld({ firms: 60 })
    const [one, other] = await Promise.all([world.start().run(), world.start().run()])
    const looked = [...one.accounts, ...other.accounts].map(({ accountId }) => accountId)
    expect(looked.toSorted()).toEqual(world.ids.toSorted())
    expect(typesCalls(world.calls)).toBe(2)
    expect(world.calls).toHaveLength(62)
    expect(mostInTenSeconds(world.calls)).toBeLessThanOrEqual(21)
  })

  it('that is killed leaves the rest to the next try, and what it held, as soon as that is free', async () => {
    const world = keeperWorld({ firms: 40 })
    const schedule = { atEpochMs: world.clock.now(), everyMs: hour }
    const killed = world.start()
    void killed.run(schedule)
    await world.pass(10_000)
    killed.end()
    const done = (await world.ages()).filter((ms) => ms < 11_000).length
    expect(done).toBeGreaterThan(10)
    await world.pass(5_000)
    const { accounts, left } = await world.start().run(schedule)
    expect(left).toBe(0)
    expect(accounts).toHaveLength(40 - done)
    expect(Math.max(...(await world.ages()))).toBeLessThan(2 * minute)
  })

  it('without time for all is none that failed, and the next one begins with what is left', async () => {
    const world = keeperWorld({ firms: 60 })
    const run = await scheduledRun(world, hour, 20_000)
    expect(run.errors).toEqual([])
    expect(world.lines.at(-1)).toMatchObject({ firms: 60, left: expect.any(Number) })
    const before = new Set(world.calls.map(({ firm }) => firm))
    expect(before.size).toBeLessThan(40)
    world.calls.length = 0
    await world.start().run(undefined, 20_000)
    expect(world.calls.slice(0, 15).filter(({ firm }) => before.has(firm))).toEqual([])
  })

  it('fails when a firm that is left comes to two intervals without a look, and says what to do', async () => {
    const world = keeperWorld({ firms: 60 })
    const schedule = { atEpochMs: world.clock.now(), everyMs: 59 * minute }
    await expect(world.start().run(schedule, 20_000)).rejects.toMatchObject({
      code: 'KEEPER_TOO_SLOW',
      message: expect.stringMatching(
        /looked at \d+ accounts, and \d+ are left, .* 119 minutes ago when the next run begins.*raise `subscriptionCheckMinutes`/,
      ),
    })
    const slower = { ...schedule, everyMs: 61 * minute }
    expect(await world.start().run(slower, 20_000)).toMatchObject({ left: expect.any(Number) })
  })
})

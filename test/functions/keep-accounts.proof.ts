import { describe, expect, it } from 'vitest'
import { keeperWorld, mostInTenSeconds, scheduledRun } from './keeper-world.ts'

const minute = 60_000
const hour = 60 * minute

/** Runs of six hours, with the greatest age that looks come to once the first hours are over. */
async function sixHours(world: ReturnType<typeof keeperWorld>) {
  const runs = []
  for (let run = 0; run < 6; run++) runs.push(await scheduledRun(world, hour))
  return {
    errors: runs.flatMap(({ errors }) => errors),
    oldestMinutes: Math.max(...runs.slice(2).map(({ oldestMs }) => oldestMs)) / minute,
  }
}

describe('the keeper of many firms', () => {
  it.each([
    { firms: 1_000, callMs: 250, within: 90 },
    { firms: 1_000, callMs: 1_200, within: 90 },
    // A run does not come to all of them, and the next one begins with the rest.
    { firms: 2_000, callMs: 250, within: 120 },
    { firms: 3_400, callMs: 250, within: 120 },
  ])('sees $firms firms every $within minutes at $callMs ms a call, with no error', async (given) => {
    const world = keeperWorld(given)
    const { errors, oldestMinutes } = await sixHours(world)
    expect(errors).toEqual([])
    expect(oldestMinutes).toBeLessThan(given.within)
    expect(mostInTenSeconds(world.calls)).toBeLessThanOrEqual(21)
    expect(world.calls.filter(({ path }) => path === '/webhooks/types')).toHaveLength(6)
  })

  it('sees 4,500 firms by the tries that follow an error, and rings no alarm', async () => {
    const world = keeperWorld({ firms: 4_500 })
    for (let run = 0; run < 6; run++) {
      const { errors, oldestMs } = await scheduledRun(world, hour)
      expect(errors.length).toBeLessThan(3)
      expect(oldestMs).toBeLessThanOrEqual(2 * hour)
      for (const error of errors) expect(error).toMatchObject({ code: 'KEEPER_TOO_SLOW' })
    }
  })

  it('fails at each try with 12,000 firms, so that the alarm rings', async () => {
    const world = keeperWorld({ firms: 12_000 })
    const runs = []
    for (let run = 0; run < 4; run++) runs.push(await scheduledRun(world, hour))
    expect(runs.at(-1)?.errors).toHaveLength(3)
    for (const error of runs.at(-1)?.errors ?? []) expect(error).toMatchObject({ code: 'KEEPER_TOO_SLOW' })
  })

  it('sees 1,000 firms in time beside twenty that hang and fifty whose credentials fail', async () => {
    const world = keeperWorld({ firms: 1_000 })
    for (let nth = 0; nth < 20; nth++) world.answers.set(`firm-${nth * 50}`, 'never')
    for (let nth = 0; nth < 50; nth++) world.answers.set(`firm-${nth * 20 + 7}`, 'credentials refused')
    const { errors, oldestMinutes } = await sixHours(world)
    // Those that hang are tried again, and nothing else is.
    for (const error of errors) expect(error).toMatchObject({ message: expect.stringContaining('20 of') })
    expect(oldestMinutes).toBeLessThan(90)
  })
})

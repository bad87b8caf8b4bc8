import { expect, it } from 'vitest'
import { runFortnight } from './fortnight.ts'

const seeds = process.env.SIM_SEED === undefined ? [1, 2] : [Number(process.env.SIM_SEED)]
const ofTwenty = { firms: 20, changes: 10_000 }

it.each(seeds)(
  '20 firms, nothing lost: nothing is recovered (seed %d)',
  { timeout: 600_000 },
  async (seed) => {
    expect(await runFortnight({ ...ofTwenty, seed, dropped: 0, hasTroubles: false })).toMatchObject({
      recovered: 0,
    })
  },
)

it.each(
  seeds.flatMap((seed) => [
    [seed, 0],
    [seed, 0.01],
    [seed, 0.2],
  ]),
)(
  '20 firms with troubles and lost deliveries end with each newest state handled, and none twice (seed %d, lost %d)',
  { timeout: 600_000 },
  async (seed, dropped) => {
    const result = await runFortnight({ ...ofTwenty, seed, dropped, hasTroubles: true })
    expect(result.recovered).toBeGreaterThan(0)
    expect(result.deaths).toBeGreaterThan(50)
  },
)

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { families, histories } from './histories.ts'
import type { History } from './history.ts'
import { runHistory } from './run-history.ts'

const runs = Number(process.env.SIM_RUNS ?? 300)
// The same histories each time, so that a red build tells of a change; SIM_SEED=random looks further.
const { SIM_SEED: seed = '1', SIM_PATH: path } = process.env

describe('the protocol', () => {
  it(`keeps its promises in ${runs} histories full of faults`, { timeout: 60_000 + runs * 100 }, async () => {
    const result = await fc.check(
      fc.asyncProperty(histories, async (history) => {
        expect((await runHistory(history)).violations).toEqual([])
      }),
      { numRuns: runs, ...(seed !== 'random' && { seed: Number(seed) }), ...(path && { path }) },
    )
    if (result.failed)
      throw new Error(await explain(result.seed, result.counterexamplePath, result.counterexample))
  })

  it('runs a history the same way again', async () => {
    for (const history of fc.sample(families.contested, { numRuns: 20, seed: 1 })) {
      const [first, second] = [await runHistory(history), await runHistory(history)]
      expect(second.trace()).toBe(first.trace())
    }
  })
})

/** What was violated, in the smallest history that does it, and the command that runs it again. */
async function explain(
  failedSeed: number,
  failedPath: string | null,
  counterexample: [History] | null,
): Promise<string> {
  const replay = `SIM_SEED=${failedSeed} SIM_PATH=${failedPath} npx vitest run test/simulation/protocol.test.ts`
  if (!counterexample) return `Replay: ${replay}`
  const { violations, trace } = await runHistory(counterexample[0])
  return [...violations, `Replay: ${replay}`, JSON.stringify(counterexample[0]), trace()].join('\n')
}

import fc from 'fast-check'
import type * as Histories from './histories.ts'
import { mutantUrl, registerMutants } from './mutant-hooks.ts'
import { mutants } from './mutants.ts'
import type * as RunHistory from './run-history.ts'

/** Histories that a mutant may survive before it counts as not found. */
const maxHistories = Number(process.env.MUTANT_RUNS ?? 8000)
const seed = Number(process.env.SIM_SEED ?? 1)

/** How many histories it took to find the mutant out, and what was violated then; empty if nothing was. */
export interface MutantResult {
  name: string
  histories: number
  violation: string
  ms: number
}

registerMutants(mutants)
for (const name of process.argv.slice(2)) console.log(JSON.stringify(await findOut(name)))

async function findOut(name: string): Promise<MutantResult> {
  const from = (file: string) => import(mutantUrl(new URL(file, import.meta.url).href, name))
  const { families, histories } = (await from('./histories.ts')) as typeof Histories
  const { runHistory } = (await from('./run-history.ts')) as typeof RunHistory
  const mutant = mutants.find((one) => one.name === name)
  if (!mutant) throw new Error(`There is no mutant '${name}'.`)
  const { family } = mutant
  let found = ''
  const startedMs = Date.now()
  const result = await fc.check(
    fc.asyncProperty(family ? families[family] : histories, async (history) => {
      found = (await runHistory(history)).violations[0] ?? ''
      return found === ''
    }),
    { seed, numRuns: maxHistories, endOnFailure: true },
  )
  return { name, histories: result.numRuns, violation: found, ms: Date.now() - startedMs }
}

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { MutantResult } from './run-mutants.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Runs mutants of these names, each in modules of its own, in processes that strip types as the product's do. */
export async function mutantResults(
  names: readonly string[],
  processes: number,
): Promise<ReadonlyMap<string, MutantResult>> {
  const shares = Array.from({ length: processes }, (_, share) =>
    names.filter((_name, index) => index % processes === share),
  )
  const outputs = await Promise.all(
    shares.map((share) =>
      promisify(execFile)(process.execPath, ['test/simulation/run-mutants.ts', ...share], { cwd: root }),
    ),
  )
  const results = outputs
    .flatMap(({ stdout }) => stdout.trim().split('\n'))
    .map((line) => JSON.parse(line) as MutantResult)
  return new Map(results.map((result) => [result.name, result]))
}

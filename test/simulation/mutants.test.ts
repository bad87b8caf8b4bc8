import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { mutate } from './mutant-hooks.ts'
import { mutants } from './mutants.ts'
import type { MutantResult } from './run-mutants.ts'

const processes = 2
const root = fileURLToPath(new URL('../../', import.meta.url))
const results = new Map<string, MutantResult>()

/** Each in modules of its own, in processes that strip types as the product's do. */
beforeAll(async () => {
  const shares = Array.from({ length: processes }, (_, share) =>
    mutants.map(({ name }) => name).filter((_, index) => index % processes === share),
  )
  const outputs = await Promise.all(
    shares.map((names) =>
      promisify(execFile)(process.execPath, ['test/simulation/run-mutants.ts', ...names], { cwd: root }),
    ),
  )
  for (const line of outputs.flatMap(({ stdout }) => stdout.trim().split('\n'))) {
    const result = JSON.parse(line) as MutantResult
    results.set(result.name, result)
  }
}, 300_000)

describe('the simulation finds out each rule that is left out', () => {
  it.each(mutants)('$name', ({ name }) => {
    expect(results.get(name)?.violation).toBeTruthy()
  })
})

describe('each mutant', () => {
  it('changes text that its file holds exactly once', async () => {
    for (const mutant of mutants) {
      const source = await readFile(`${root}${mutant.file}`, 'utf8')
      expect(mutate(source, mutant)).not.toBe(source)
    }
  })

  it('has a name of its own', () => {
    expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
  })
})

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { mutate } from './mutant-hooks.ts'
import { mutantResults } from './mutant-results.ts'
import { mutants } from './mutants.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Some that show soon. `npm run test:proof` runs them all. */
const some = [
  'nothing is ever finished',
  'a replay is not recorded',
  'a claim in the same millisecond gets the same fence',
]

it('the simulation finds out rules that are left out', { timeout: 120_000 }, async () => {
  const results = await mutantResults(some, 1)
  for (const name of some)
    expect([name, results.get(name)?.violation]).toEqual([name, expect.stringMatching(/./)])
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

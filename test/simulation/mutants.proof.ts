import { beforeAll, describe, expect, it } from 'vitest'
import { mutantResults } from './mutant-results.ts'
import { mutants } from './mutants.ts'

let results: Awaited<ReturnType<typeof mutantResults>>

beforeAll(async () => {
  results = await mutantResults(
    mutants.map(({ name }) => name),
    2,
  )
}, 1_200_000)

describe('the simulation finds out each rule that is left out', () => {
  it.each(mutants)('$name', ({ name }) => {
    expect(results.get(name)?.violation).toBeTruthy()
  })
})

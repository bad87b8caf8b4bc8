import { relative } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'

const { FUZZ_SEED, FUZZ_RUNS, FUZZ_SECONDS = '20', FUZZ_PATH: path } = process.env

/** That of the day, in UTC: each day looks elsewhere, and a day's failure can be repeated. */
const today = new Date().toISOString().slice(0, 10).replaceAll('-', '')
const seed =
  FUZZ_SEED === 'random' ? Math.floor(Math.random() * 2 ** 31) : numberIn('FUZZ_SEED', FUZZ_SEED ?? today)
const runs = FUZZ_RUNS === undefined ? undefined : numberIn('FUZZ_RUNS', FUZZ_RUNS)
const forMs = numberIn('FUZZ_SECONDS', FUZZ_SECONDS) * 1000

/** Beyond the time that it looks for: to make what it found small. */
export const fuzzTimeout = runs === undefined ? forMs + 120_000 : 24 * 3_600_000

export interface FuzzOptions<T> {
  /** What is tried, in the plural. */
  things: string
  /** How many were tried so far. */
  tried(): number
  /** Tried first. */
  examples?: T[]
  /** Text of an input. @default as fast-check writes it */
  tell?: (input: T) => string
}

/**
 * Looks for an input that breaks the property, for `FUZZ_SECONDS` (20) with the seed of the day, or for `FUZZ_RUNS` runs, with
 * `FUZZ_SEED` (a number, or `random`). Says how much it tried; throws with the smallest input that it found, and with what
 * repeats it.
 */
export async function fuzz<T extends [unknown]>(
  property: fc.IAsyncProperty<T> | fc.IProperty<T>,
  { things, tried, examples = [], tell = ([input]) => fc.stringify(input) }: FuzzOptions<T>,
): Promise<void> {
  const start = performance.now()
  const result = await fc.check(property, {
    seed,
    examples,
    ...(path && { path }),
    ...(runs === undefined
      ? { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: forMs }
      : { numRuns: runs }),
  })
  const seconds = ((performance.now() - start) / 1000).toFixed(0)
  process.stdout.write(
    `${tried().toLocaleString('en')} ${things} in ${seconds} s: FUZZ_SEED=${result.seed}\n`,
  )
  if (!result.failed) return
  const found = result.counterexample && tell(result.counterexample)
  const from = `FUZZ_SEED=${result.seed} FUZZ_RUNS=1 FUZZ_PATH=${result.counterexamplePath}`
  throw new Error(`${found}\nRepeat: ${from} ${thisTest()}`, { cause: result.errorInstance })
}

/** The command that runs it alone. */
function thisTest(): string {
  const { testPath = '', currentTestName = '' } = expect.getState()
  const title = currentTestName.split(' > ').at(-1)
  return `npx vitest run --project proof ${relative(process.cwd(), testPath)} -t '${title}'`
}

function numberIn(name: string, text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text)
  throw new Error(
    `${name} is no number: set it to one of up to ten digits${name === 'FUZZ_SEED' ? ', or to `random`' : ''}.`,
  )
}

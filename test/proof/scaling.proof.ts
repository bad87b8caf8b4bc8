/**
 * What sees text from outside takes time, and makes output, by the length of that text: measured at one length and at four
 * times it. A function of the square of the length takes sixteen times as long.
 */
import { expect, it } from 'vitest'
import { documents, seers, texts } from './outside-text.ts'

const chars = 10_000
const times = 4
const mostTimes = 8
const leastRuns = 5
/** A busy machine is asked again for so long before it is believed. */
const mostMs = 2_000
/** A clock tells little of what takes no longer at four times the length; at a step a nanosecond, the square of it takes 1.6 s. */
const floorMs = 60
/** The output for each character, such as one of 12 that a code stands for; and of none, such as the heading of a table. */
const mostChars = (given: number) => 40 * given + 40_000

type Make = (chars: number) => () => unknown

interface Run {
  /** It counts this thread's work alone: a busy machine lets the longer run wait more often. */
  ms: number
  size: number
}

/** The least of five runs, and of more while it looks wrong. */
function measured(make: Make): { once: Run; more: Run } {
  const startMs = performance.now()
  const works = [make(chars), make(chars * times)] as const
  const best = { once: runOf(works[0]), more: runOf(works[1]) }
  const isInTime = () => performance.now() - startMs < mostMs
  for (let run = 1; run < leastRuns || (isTooSlow(best) && isInTime()); run++) {
    best.once.ms = Math.min(best.once.ms, runOf(works[0]).ms)
    best.more.ms = Math.min(best.more.ms, runOf(works[1]).ms)
  }
  return best
}

function isTooSlow({ once, more }: { once: Run; more: Run }): boolean {
  return more.ms > floorMs && more.ms > once.ms * mostTimes
}

function runOf(work: () => unknown): Run {
  const before = process.threadCpuUsage()
  const made = outcomeOf(work)
  const { user, system } = process.threadCpuUsage(before)
  return { ms: (user + system) / 1000, size: sizeOf(made) }
}

function outcomeOf(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return String(error)
  }
}

/** Characters of all that was made. */
function sizeOf(made: unknown): number {
  if (typeof made === 'string') return made.length
  if (typeof made !== 'object' || made === null) return String(made).length
  return Object.entries(made).reduce((sum, [name, value]) => sum + name.length + sizeOf(value), 0)
}

function problemsOf(name: string, make: Make): string[] {
  const found = measured(make)
  const { once, more } = found
  const grows = more.size > 2_000 && more.size > once.size * mostTimes
  return [
    ...(isTooSlow(found) ? [`${name}: ${once.ms.toFixed(1)} ms, then ${more.ms.toFixed(1)} ms`] : []),
    ...(grows ? [`${name}: ${once.size} characters, then ${more.size}`] : []),
    ...(more.size > mostChars(chars * times) ? [`${name}: ${more.size} characters`] : []),
  ]
}

it.each(Object.entries(seers))(
  'takes four times as long for texts of four times the length: %s',
  (_, see) => {
    const problems = Object.entries(texts).flatMap(([name, text]) =>
      problemsOf(name, (length) => {
        const given = text.repeat(Math.ceil(length / text.length))
        return () => see(given)
      }),
    )
    expect(problems).toEqual([])
  },
)

it.each(Object.entries(documents))(
  'takes four times as long for documents of four times the length: %s',
  (name, make) => {
    expect(problemsOf(name, make)).toEqual([])
  },
)

it('tells what takes the square of the length, in time or in output', () => {
  const backtracking: Make = (length) => {
    const text = `${'a'.repeat(length)}b`
    return () => /a+$/.test(text)
  }
  expect(problemsOf('slow', backtracking)).toEqual([expect.stringMatching(/^slow: .* ms, then .* ms$/)])
  const indenting: Make = (length) => () =>
    JSON.stringify(JSON.parse(`${'['.repeat(length / 10)}${']'.repeat(length / 10)}`), null, 2)
  expect(problemsOf('long', indenting)).toContainEqual(
    expect.stringMatching(/^long: \d+ characters, then \d+$/),
  )
})

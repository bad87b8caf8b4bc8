/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)] ?? Number.NaN
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? Number.NaN)) / 2 : upper
}

/** The sum over the count. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Work that one call does once; may return a promise. */
export type Work = () => unknown

/**
 * Times `work` against `yardstick` in turns (A B A B …), so that a noisy neighbour hits both: medians in microseconds,
 * and the median of the pairs' ratios.
 */
export async function timeInTurns(
  work: Work,
  yardstick: Work,
  { rounds = 41, callsARound = 200 } = {},
): Promise<{ ratio: number; workMicros: number; yardstickMicros: number }> {
  await timeOf(work, callsARound * 4)
  await timeOf(yardstick, callsARound * 4)
  const pairs: { work: number; yardstick: number }[] = []
  for (let round = 0; round < rounds; round++) {
    pairs.push({ work: await timeOf(work, callsARound), yardstick: await timeOf(yardstick, callsARound) })
  }
  return {
    ratio: median(pairs.map((pair) => pair.work / pair.yardstick)),
    workMicros: median(pairs.map((pair) => pair.work)),
    yardstickMicros: median(pairs.map((pair) => pair.yardstick)),
  }
}

async function timeOf(work: Work, calls: number): Promise<number> {
  const start = performance.now()
  for (let call = 0; call < calls; call++) {
    const pending = work()
    if (pending instanceof Promise) await pending
  }
  return ((performance.now() - start) * 1000) / calls
}

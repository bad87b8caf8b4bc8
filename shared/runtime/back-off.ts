const firstMs = 5_000
const longestMs = 5 * 60_000

/**
 * Wait before a handler's next run after its `failures`th failed one: 5 s doubling to 5 min, the upper half at random
 * (`random` in [0, 1)), so that what failed together does not come back together. Milliseconds.
 */
export function backOffMs(failures: number, random: number): number {
  const fullMs = Math.min(firstMs * 2 ** (failures - 1), longestMs)
  return Math.round(fullMs * (0.5 + random * 0.5))
}

import { epochMsToTicks, parseTicks, type Ticks } from '../../shared/event/ticks.ts'

/**
 * Makes the ticks of new events: now, each later than the one before. Their last digits are not zeros, as
 * Smokeball's are not: what rounds them, or compares milliseconds, is found out.
 */
export function freshTicks(now: () => number = Date.now, random: () => number = Math.random): () => Ticks {
  let last = 0n
  return function nextTicks() {
    const withinMs = BigInt(1 + Math.floor(random() * 9_998))
    const candidate = epochMsToTicks(now()) + withinMs
    last = candidate > last ? candidate : last + 1n
    if (last % 10n === 0n) last += 1n
    return parseTicks(last.toString())
  }
}

import { type Clock, systemClock } from '../../../shared/runtime/clock.ts'

/** The system's, but that no wait takes longer than `longestMs`: of a longer one, time skips the rest. */
export function impatientClock(longestMs: number): Clock {
  let skippedMs = 0
  return {
    now: () => systemClock.now() + skippedMs,
    after: (ms, callback) =>
      systemClock.after(Math.min(ms, longestMs), () => {
        skippedMs += Math.max(ms - longestMs, 0)
        callback()
      }),
  }
}

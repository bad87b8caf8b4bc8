import type { Clock } from '../../../shared/runtime/clock.ts'

export interface IdleClock extends Clock {
  /** Time stands still while this is under way. */
  during<T>(work: Promise<T>): Promise<T>
  set(epochMs: number): void
}

/** A clock that jumps to its next timer whenever nothing else is to be done: waits take no time, and are exact. */
export function idleClock(startEpochMs: number): IdleClock {
  let nowEpochMs = startEpochMs
  let busy = 0
  let calm = 0
  let isTicking = false
  const timers = new Set<{ epochMs: number; callback: () => void }>()

  const tick = () => {
    isTicking = timers.size > 0
    if (!isTicking) return
    calm = busy > 0 ? 0 : calm + 1
    if (calm > 3) fire()
    setImmediate(tick)
  }
  const fire = () => {
    const [first] = [...timers].sort((a, b) => a.epochMs - b.epochMs)
    if (!first) return
    timers.delete(first)
    nowEpochMs = Math.max(nowEpochMs, first.epochMs)
    calm = 0
    first.callback()
  }
  return {
    now: () => nowEpochMs,
    set(epochMs) {
      nowEpochMs = epochMs
    },
    after(ms, callback) {
      const timer = { epochMs: nowEpochMs + Math.max(ms, 0), callback }
      timers.add(timer)
      calm = 0
      if (!isTicking) setImmediate(tick)
      isTicking = true
      return () => void timers.delete(timer)
    },
    during(work) {
      busy++
      return work.finally(() => busy--)
    },
  }
}

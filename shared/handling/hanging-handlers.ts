/** Time-outs in a row after which a handler is taken to hang. */
const mostInARow = 3
/** How often one that hangs is tried, so that it is noticed when it works again. */
const probeMs = 30_000

/**
 * Which handlers run into the time limit again and again, as far as one process sees. While a handler hangs, its retries are
 * put off: each would take the function's whole time from first deliveries.
 */
export interface HangingHandlers {
  note(handler: string, ranOutOfTime: boolean): void
  /** False for a handler that hangs, but for one probe every 30 seconds. */
  mayRetry(handler: string): boolean
}

/** `now`: milliseconds since 1970. */
export function hangingHandlers(now: () => number): HangingHandlers {
  const inARow = new Map<string, number>()
  const probedEpochMs = new Map<string, number>()
  return {
    note(handler, ranOutOfTime) {
      inARow.set(handler, ranOutOfTime ? (inARow.get(handler) ?? 0) + 1 : 0)
      if (ranOutOfTime) probedEpochMs.set(handler, now())
    },
    mayRetry(handler) {
      if ((inARow.get(handler) ?? 0) < mostInARow) return true
      if (now() - (probedEpochMs.get(handler) ?? 0) < probeMs) return false
      probedEpochMs.set(handler, now())
      return true
    },
  }
}

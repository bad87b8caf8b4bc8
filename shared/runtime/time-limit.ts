/** When an invocation's work must end, in milliseconds since 1970. */
export interface TimeLimit {
  startEpochMs: number
  /** Handlers are signalled. */
  signalEpochMs: number
  /** Handlers that run on are recorded as timed out. */
  giveUpEpochMs: number
  /** Whatever is still under way then is left, and its messages are reported as kept. */
  reportEpochMs: number
  /** The platform kills the invocation. */
  deadlineEpochMs: number
  /** Fires just before that: calls to AWS end, retries and all. */
  signal: AbortSignal
}

/**
 * Leaves the last five seconds, or a quarter of a short limit, to stop handlers, send on what is to be run later, record the
 * outcomes and report: two calls, each of which may take its two seconds.
 */
export function timeLimitOf(startEpochMs: number, remainingMs: number, signal: AbortSignal): TimeLimit {
  const marginMs = Math.min(5_000, remainingMs / 4)
  const deadlineEpochMs = startEpochMs + remainingMs
  return {
    startEpochMs,
    signalEpochMs: deadlineEpochMs - marginMs,
    giveUpEpochMs: deadlineEpochMs - marginMs * 0.85,
    reportEpochMs: deadlineEpochMs - Math.min(100, remainingMs / 40),
    deadlineEpochMs,
    signal,
  }
}

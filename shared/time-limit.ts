/** When an invocation's work must end, in milliseconds since 1970. */
export interface TimeLimit {
  startEpochMs: number
  /** Handlers are signalled. */
  signalEpochMs: number
  /** Handlers that run on are recorded as timed out. */
  giveUpEpochMs: number
  /** The platform kills the invocation. */
  deadlineEpochMs: number
  /** Fires just before that: calls to AWS end, retries and all. */
  signal: AbortSignal
}

/** Leaves the last three seconds, or a quarter of a short limit, to stop handlers, record their outcomes and report. */
export function timeLimitOf(startEpochMs: number, remainingMs: number, signal: AbortSignal): TimeLimit {
  const marginMs = Math.min(3_000, remainingMs / 4)
  const deadlineEpochMs = startEpochMs + remainingMs
  return {
    startEpochMs,
    signalEpochMs: deadlineEpochMs - marginMs,
    giveUpEpochMs: deadlineEpochMs - marginMs * 0.7,
    deadlineEpochMs,
    signal,
  }
}

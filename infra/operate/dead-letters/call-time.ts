const callMs = 20_000

/**
 * The limit of one call. Calls under way are let to end when somebody stops the work: only then is known what is to be made
 * visible again.
 */
export function callTime(): AbortSignal {
  return AbortSignal.timeout(callMs)
}

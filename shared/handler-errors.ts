const maxDelayMs = 15 * 60_000

/**
 * Thrown by a handler: run me again after this time, at most 15 minutes, since later events of the resource wait
 * meanwhile. Has its own limit of 20 times an event. Throws `RangeError` if no positive time is given.
 */
export class RetryAfter extends Error {
  readonly code = 'RETRY_AFTER'
  readonly delayMs: number

  constructor(delay: { minutes?: number; seconds?: number }, reason = 'asked to be run again later') {
    super(reason)
    this.name = 'RetryAfter'
    const wantedMs = (delay.minutes ?? 0) * 60_000 + (delay.seconds ?? 0) * 1000
    if (!(wantedMs > 0))
      throw new RangeError('RetryAfter needs a positive time: new RetryAfter({ minutes: 5 }).')
    this.delayMs = Math.min(wantedMs, maxDelayMs)
  }
}

/** Thrown by a handler: no attempt will ever succeed. The event goes to the dead-letter queue with this reason. */
export class PermanentFailure extends Error {
  readonly code = 'PERMANENT_FAILURE'

  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.name = 'PermanentFailure'
  }
}

/** By code, not by class: handlers may come with a copy of this module of their own. */
export function isRetryAfter(thrown: unknown): thrown is RetryAfter {
  return thrown instanceof Error && (thrown as Partial<RetryAfter>).code === 'RETRY_AFTER'
}

export function isPermanentFailure(thrown: unknown): thrown is PermanentFailure {
  return thrown instanceof Error && (thrown as Partial<PermanentFailure>).code === 'PERMANENT_FAILURE'
}

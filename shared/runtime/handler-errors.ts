const maxDelayMs = 12 * 60 * 60_000

/**
 * Thrown by a handler: run me again after this time, at most 12 hours. Nobody waits for it but this handler with this event. A
 * handler may throw it 20 times for an event. Throws `RangeError` if no positive time is given, or one in another unit.
 */
export class RetryAfter extends Error {
  readonly code = 'RETRY_AFTER'
  readonly delayMs: number

  constructor(delay: { minutes?: number; seconds?: number }, reason = 'asked to be run again later') {
    super(reason)
    this.name = 'RetryAfter'
    const { minutes = 0, seconds = 0, ...others } = Object(delay) as { minutes?: number; seconds?: number }
    const wantedMs = minutes * 60_000 + seconds * 1000
    if (Object.keys(others).length > 0 || !(wantedMs > 0))
      throw new RangeError(
        'RetryAfter takes minutes and seconds, more than 0: new RetryAfter({ minutes: 5 }).',
      )
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
export function isPermanentFailure(thrown: unknown): boolean {
  return codeOf(thrown) === 'PERMANENT_FAILURE'
}

/** How long a thrown `RetryAfter` asks to wait, in milliseconds. Undefined for all else, however odd. */
export function retryDelayMs(thrown: unknown): number | undefined {
  if (codeOf(thrown) !== 'RETRY_AFTER') return undefined
  const delayMs = Number(memberOf(thrown, 'delayMs'))
  return delayMs > 0 ? Math.min(delayMs, maxDelayMs) : undefined
}

function codeOf(thrown: unknown): unknown {
  try {
    return thrown instanceof Error ? memberOf(thrown, 'code') : undefined
  } catch {
    return undefined
  }
}

/** A getter, or a proxy, may throw in its turn: then the member is not there. */
export function memberOf(of: unknown, name: string): unknown {
  try {
    return (of as Record<string, unknown> | null | undefined)?.[name]
  } catch {
    return undefined
  }
}

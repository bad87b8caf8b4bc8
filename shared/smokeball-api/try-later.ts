import { RetryAfter } from '../runtime/handler-errors.ts'

/** For what takes unknown time. */
export const outOfTimeWaitMs = 5_000

/** Up to so much more, at random, so that those who wait for the same do not come back together. */
const spread = 0.5

/** A run has no time left to wait for Smokeball. */
export class TryLater extends RetryAfter {
  /** Why it was to wait: whoever has time can be told no more. */
  readonly problem: string

  constructor(seconds: number, problem: string) {
    super({ seconds }, `${problem} There is no time left to wait for it in this run.`)
    this.problem = problem
  }
}

/** For a handler whose time does not suffice: it runs again after `waitMs`, or a little later. `random`: in [0, 1). */
export function tryLater(waitMs: number, random: number, why: string, cause?: unknown): TryLater {
  const seconds = Math.max(waitMs / 1000, 1) * (1 + spread * random)
  const later = new TryLater(seconds, why)
  if (cause !== undefined) later.cause = cause
  return later
}

/**
 * What a `Retry-After` header asks for, in milliseconds from now: seconds, or an HTTP date. Undefined if it is absent
 * or unreadable. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterMs(header: string | null, nowEpochMs: number): number | undefined {
  const value = header?.trim()
  if (!value) return undefined
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const epochMs = Date.parse(value)
  return Number.isNaN(epochMs) ? undefined : Math.max(epochMs - nowEpochMs, 0)
}

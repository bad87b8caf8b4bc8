/** A token bucket. */
export interface RateLimit {
  perSecond: number
  burst: number
}

/** Counts the calls of clients. Returns how many milliseconds too early a call is: 0 if it may pass. */
export function rateLimit(limit: RateLimit | 'off', now: () => number): (clientId: string) => number {
  const buckets = new Map<string, { tokens: number; epochMs: number }>()
  return function tooEarlyMs(clientId) {
    if (limit === 'off') return 0
    const epochMs = now()
    const before = buckets.get(clientId) ?? { tokens: limit.burst, epochMs }
    const refilled = before.tokens + ((epochMs - before.epochMs) / 1_000) * limit.perSecond
    const tokens = Math.min(limit.burst, refilled)
    const passes = tokens >= 1
    buckets.set(clientId, { tokens: passes ? tokens - 1 : tokens, epochMs })
    return passes ? 0 : Math.ceil(((1 - tokens) / limit.perSecond) * 1_000)
  }
}

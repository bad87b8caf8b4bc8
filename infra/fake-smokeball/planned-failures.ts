/** Which calls are meant: any by default. */
export interface Where {
  method?: string
  /** The whole path as it was sent, without the query; or a pattern of it. */
  path?: string | RegExp
}

/**
 * How a call fails: it is answered with a status (and `Retry-After`, seconds or a date), it is never answered, its connection is
 * reset, or it is carried out and the connection is reset instead of the answer.
 */
export type Fault = { status: number; retryAfter?: number | string } | 'hang' | 'reset' | 'lose-answer'

interface PlacedCall {
  method: string
  pathname: string
}

export interface PlannedFailures<T> {
  /** Lets the next `times` calls of a place fail, after those that were planned for it before. */
  add(times: number, failure: T, where?: Where): void
  /** Returns what is planned for this call, which is used up then. */
  take(call: PlacedCall): T | undefined
}

/** Keeps what is to go wrong: with calls, or with the writes that they ask for. */
export function plannedFailures<T>(): PlannedFailures<T> {
  const plans: { left: number; failure: T; where: Where }[] = []
  return {
    add(times, failure, where = {}) {
      plans.push({ left: times, failure, where })
    },
    take(call) {
      const next = plans.find(({ left, where }) => left > 0 && isMeant(call, where))
      if (next) next.left -= 1
      return next?.failure
    },
  }
}

function isMeant(call: PlacedCall, { method, path }: Where): boolean {
  if (method !== undefined && method !== call.method) return false
  if (path === undefined) return true
  return typeof path === 'string' ? path === call.pathname : path.test(call.pathname)
}

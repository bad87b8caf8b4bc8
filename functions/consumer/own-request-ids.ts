import type { Clock } from '../../shared/runtime/clock.ts'
import { describeSecret } from '../../shared/runtime/command-line.ts'
import { type KeptSecret, parsedSecret, usualAgeMs, youngestAgeMs } from '../../shared/runtime/kept-secret.ts'
import type { TimeLimit } from '../../shared/runtime/time-limit.ts'
import { isTagged, looksTagged } from '../../shared/signing/request-id.ts'
import { InvalidApiSecret, parseApiSecret } from '../../shared/smokeball-api/api-credentials.ts'

export interface OwnRequestIdsDeps {
  /** The secret of Smokeball's API, which holds the keys of RequestIds. */
  secret: KeptSecret
  secretId: string
  clock: Clock
  /** Whether the user knows it for one of theirs. */
  isUsers(requestId: string): unknown
}

/**
 * The user's `isOwn` threw `cause`, or ran until the time limit: a failed attempt of all handlers, since none can be told whether
 * it is to run.
 */
export class IsOwnFailed extends Error {
  readonly code = 'IS_OWN_FAILED'

  constructor(cause: unknown) {
    super('isOwn, which the handlers file exports, failed.', { cause })
    this.name = 'IsOwnFailed'
  }
}

/** Whose an event is cannot be told without the key: it waits, and none is to blame. */
export class ApiSecretUnavailable extends Error {
  readonly code = 'API_SECRET_UNAVAILABLE'

  constructor(secretId: string, what: string, options?: ErrorOptions) {
    super(
      `The secret ${secretId}, by which events of your own API writes are known, cannot be used: ${what}. ` +
        `See what it says: ${describeSecret(secretId)}`,
      options,
    )
    this.name = 'ApiSecretUnavailable'
  }
}

/** When calls to AWS end, and when the user's `isOwn` has to have ended. */
type OwnLimit = Pick<TimeLimit, 'signal' | 'signalEpochMs'>

/**
 * Tells RequestIds of ours by their tag alone, and those that the user's own `isOwn` knows. The key is read only when there
 * is one that may be ours: nearly all events cost no call. A tag that fits no key has the secret read again, at most every
 * ten seconds, since the key may be new. Throws `ApiSecretUnavailable`, and `IsOwnFailed`.
 */
export function ownRequestIds(
  deps: OwnRequestIdsDeps,
): (requestId: string, limit: OwnLimit) => Promise<boolean> {
  const fits = async (requestId: string, maxAgeMs: number, signal: AbortSignal) =>
    isTagged(requestId, await validKeys(deps, maxAgeMs, signal))

  return async (requestId, limit) => {
    const { signal } = limit
    if (looksTagged(requestId)) {
      if (await fits(requestId, usualAgeMs, signal)) return true
      if (await fits(requestId, youngestAgeMs, signal)) return true
    }
    return requestId !== '' && (await isUsers(deps, requestId, limit))
  }
}

async function isUsers(
  { clock, isUsers }: OwnRequestIdsDeps,
  requestId: string,
  { signalEpochMs }: OwnLimit,
): Promise<boolean> {
  const { promise: timeIsUp, reject } = Promise.withResolvers<never>()
  const cancel = clock.after(signalEpochMs - clock.now(), () =>
    reject(new Error("It ran until the function's time limit was near.")),
  )
  try {
    return (await Promise.race([isUsers(requestId), timeIsUp])) === true
  } catch (error) {
    throw new IsOwnFailed(error)
  } finally {
    cancel()
  }
}

async function validKeys(
  { secret, secretId, clock }: OwnRequestIdsDeps,
  maxAgeMs: number,
  signal: AbortSignal,
): Promise<string[]> {
  try {
    const { requestIdKeys } = await parsedSecret(secret, parseApiSecret, maxAgeMs, signal)
    return requestIdKeys.filter(({ untilEpochMs }) => clock.now() < untilEpochMs).map(({ key }) => key)
  } catch (cause) {
    if (cause instanceof InvalidApiSecret) throw new ApiSecretUnavailable(secretId, cause.message)
    // The SyntaxError of an answer cut short would quote the secret.
    const options = cause instanceof SyntaxError ? undefined : { cause }
    throw new ApiSecretUnavailable(secretId, cause instanceof Error ? cause.name : 'unknown error', options)
  }
}

import { isTagged, looksTagged } from '../../shared/request-id.ts'
import { type ApiSecret, InvalidApiSecret, parseApiSecret } from '../../shared/smokeball-api/api-secret.ts'

export interface OwnRequestIdsDeps {
  /** Reads the text of the API's secret; undefined if it has none. */
  read(signal: AbortSignal): Promise<string | undefined>
  secretId: string
  /** Milliseconds since 1970. */
  now(): number
}

/** Whose an event is cannot be told without the key: it waits, and none is to blame. */
export class ApiSecretUnavailable extends Error {
  readonly code = 'API_SECRET_UNAVAILABLE'

  constructor(secretId: string, what: string, options?: ErrorOptions) {
    super(
      `The secret ${secretId}, by which events of your own API writes are known, cannot be used: ${what}. ` +
        `See what it says: aws secretsmanager describe-secret --secret-id ${secretId}`,
      options,
    )
    this.name = 'ApiSecretUnavailable'
  }
}

type RequestIdKeys = ApiSecret['requestIdKeys']

const maxAgeMs = 5 * 60_000
const rereadEveryMs = 10_000

/**
 * Tells RequestIds of ours by their tag alone. The key is read only when there is one that may be ours: nearly all events
 * cost no call. A tag that fits no key has the secret read again, at most every ten seconds, since the key may be new.
 * Throws `ApiSecretUnavailable`.
 */
export function ownRequestIds(
  deps: OwnRequestIdsDeps,
): (requestId: string, signal: AbortSignal) => Promise<boolean> {
  let keys: RequestIdKeys | [] = []
  let readEpochMs = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  const readOnce = async (signal: AbortSignal) => {
    keys = await keysOf(deps, signal)
    readEpochMs = deps.now()
  }
  const readOlderThan = async (ms: number, signal: AbortSignal) => {
    if (deps.now() - readEpochMs < ms) return
    reading ??= readOnce(signal).finally(() => {
      reading = undefined
    })
    await reading
  }
  const isKnown = (requestId: string) => {
    const valid = keys.filter(({ untilEpochMs }) => deps.now() < untilEpochMs)
    return isTagged(
      requestId,
      valid.map(({ key }) => key),
    )
  }
  return async (requestId, signal) => {
    if (!looksTagged(requestId)) return false
    await readOlderThan(maxAgeMs, signal)
    if (isKnown(requestId)) return true
    await readOlderThan(rereadEveryMs, signal)
    return isKnown(requestId)
  }
}

async function keysOf({ read, secretId }: OwnRequestIdsDeps, signal: AbortSignal): Promise<RequestIdKeys> {
  try {
    return parseApiSecret(await read(signal)).requestIdKeys
  } catch (cause) {
    if (cause instanceof InvalidApiSecret) throw new ApiSecretUnavailable(secretId, cause.message)
    // The SyntaxError of an answer cut short would quote the secret.
    const options = cause instanceof SyntaxError ? undefined : { cause }
    throw new ApiSecretUnavailable(secretId, cause instanceof Error ? cause.name : 'unknown error', options)
  }
}

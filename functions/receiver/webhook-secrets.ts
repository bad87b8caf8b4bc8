import { describeSecret } from '../../shared/runtime/command-line.ts'
import { usualAgeMs, youngestAgeMs } from '../../shared/runtime/kept-secret.ts'
import {
  parseWebhookSecret,
  SecretUnavailable,
  type WebhookSecret,
} from '../../shared/signing/webhook-secret.ts'

export interface WebhookSecrets {
  /**
   * Reads the secret before a delivery comes; its age counts from then. It does not throw: a read that fails is forgotten, and
   * the first delivery reads for itself.
   */
  readAhead(signal: AbortSignal): Promise<void>
  /** The secret, cached up to five minutes; one that could not be read is tried again after a second. Throws `SecretUnavailable`. */
  current(limit: Limit): Promise<WebhookSecret>
  /**
   * The secret read again, or undefined if that was done within the last ten seconds. Throws `SecretUnavailable`, also
   * when that read failed: what an older secret does not fit may fit the one that cannot be read.
   */
  reread(limit: Limit): Promise<WebhookSecret | undefined>
}

/** Until when whoever needs the secret can wait for it. */
interface Limit {
  readonly signal: AbortSignal
}

export interface SecretsDeps {
  /** Reads the secret's text; undefined if it has none. */
  read(signal: AbortSignal): Promise<string | undefined>
  secretId: string
  /** Milliseconds since 1970. */
  now(): number
}

/** A delivery that a cached secret can check waits no longer for a newer one: its sender has its answer in 10 seconds. */
const rereadMs = 2_000
/** Where nothing could be read, the failure may pass at once; what was read and is unusable takes somebody to mend it. */
const retryAgeMs = 1_000

/** Caches the secret, so that nearly every delivery is checked without a call. */
export function webhookSecrets(deps: SecretsDeps): WebhookSecrets {
  let cached: WebhookSecret | undefined
  let problem: SecretUnavailable | undefined
  let isUnusable = false
  let readEpochMs = Number.NEGATIVE_INFINITY

  let reading: Promise<void> | undefined
  const read = (signal: AbortSignal) => {
    reading ??= readOnce(signal).finally(() => {
      reading = undefined
    })
    return reading
  }
  const readOnce = async (signal: AbortSignal) => {
    readEpochMs = deps.now()
    try {
      cached = parseWebhookSecret(await deps.read(limited(signal)), deps.secretId)
      problem = undefined
    } catch (error) {
      problem = asUnavailable(error, deps.secretId)
      isUnusable = error instanceof SecretUnavailable
      // A whole secret that could not be read again stays good; one that was emptied does not.
      if (isUnusable) cached = undefined
    }
  }
  const limited = (signal: AbortSignal) =>
    cached ? AbortSignal.any([signal, AbortSignal.timeout(rereadMs)]) : signal
  const known = () => {
    if (!cached) throw problem
    return cached
  }
  return {
    async readAhead(signal) {
      await read(signal)
      if (!cached) readEpochMs = Number.NEGATIVE_INFINITY
    },
    async current(limit) {
      const ageMs = deps.now() - readEpochMs
      if (reading && !cached) await reading
      else if (ageMs >= (cached ? usualAgeMs : isUnusable ? youngestAgeMs : retryAgeMs))
        await read(limit.signal)
      return known()
    },
    async reread(limit) {
      const isDue = deps.now() - readEpochMs >= youngestAgeMs
      if (isDue) await read(limit.signal)
      if (problem) throw problem
      return isDue ? known() : undefined
    },
  }
}

function asUnavailable(error: unknown, secretId: string): SecretUnavailable {
  if (error instanceof SecretUnavailable) return error
  return new SecretUnavailable(
    `The secret ${secretId} cannot be read: ${error instanceof Error ? error.name : 'unknown error'}.`,
    { text: `See what it says: ${describeSecret(secretId)}` },
    { cause: error },
  )
}

import { hash } from 'node:crypto'
import { parseRounding } from '../../shared/lossless-json.ts'

/** What a delivery is checked with. */
export interface WebhookSecret {
  clientId: string
  /** The current key first, then previous ones: a rotation has no gap. */
  signingKeys: readonly SigningKey[]
}

export interface SigningKey {
  text: string
  /** First 8 hex digits of its SHA-256: names it in logs and does not tell it. */
  fingerprint: string
}

export interface WebhookSecrets {
  /** The secret, cached up to five minutes. Throws `SecretUnavailable`. */
  current(signal: AbortSignal): Promise<WebhookSecret>
  /**
   * The secret read again, or undefined if that was done within the last ten seconds. Throws `SecretUnavailable`, also
   * when that read failed: what an older secret does not fit may fit the one that cannot be read.
   */
  reread(signal: AbortSignal): Promise<WebhookSecret | undefined>
}

/** No secret, or not a whole one: nothing can be checked, and nothing is refused. The message says what to run. */
export class SecretUnavailable extends Error {
  readonly code = 'SECRET_UNAVAILABLE'

  constructor(problem: string, options?: ErrorOptions) {
    super(problem, options)
    this.name = 'SecretUnavailable'
  }
}

export interface SecretsDeps {
  /** Reads the secret's text; undefined if it has none. */
  read(signal: AbortSignal): Promise<string | undefined>
  secretId: string
  /** Milliseconds since 1970. */
  now(): number
}

const maxAgeMs = 5 * 60_000
const rereadEveryMs = 10_000

/** Caches the secret, so that nearly every delivery is checked without a call. */
export function webhookSecrets(deps: SecretsDeps): WebhookSecrets {
  let cached: WebhookSecret | undefined
  let problem: SecretUnavailable | undefined
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
      cached = parseSecret(await deps.read(signal), deps.secretId)
      problem = undefined
    } catch (error) {
      problem = asUnavailable(error, deps.secretId)
      // A whole secret that could not be read again stays good; one that was emptied does not.
      if (error instanceof SecretUnavailable) cached = undefined
    }
  }
  const known = () => {
    if (!cached) throw problem ?? new SecretUnavailable('The secret was not read yet.')
    return cached
  }
  return {
    async current(signal) {
      const ageMs = deps.now() - readEpochMs
      if (reading && !cached) await reading
      else if (ageMs >= (cached ? maxAgeMs : rereadEveryMs)) await read(signal)
      return known()
    },
    async reread(signal) {
      const isDue = deps.now() - readEpochMs >= rereadEveryMs
      if (isDue) await read(signal)
      if (problem) throw problem
      return isDue ? known() : undefined
    },
  }
}

function parseSecret(text: string | undefined, secretId: string): WebhookSecret {
  const { clientId, signingKey, previousSigningKeys = [] } = parseObject(text, secretId)
  const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''
  if (!isText(clientId))
    throw new SecretUnavailable(
      `The secret ${secretId} is not complete: \`clientId\` is missing. Run: npm run client-id -- CLIENT_ID --secret-id ${secretId}`,
    )
  if (!isText(signingKey)) throw incomplete('`signingKey` is missing or empty', secretId)
  if (!Array.isArray(previousSigningKeys) || !previousSigningKeys.every(isText)) {
    throw incomplete('`previousSigningKeys` is not a list of keys', secretId)
  }
  const signingKeys = [signingKey, ...previousSigningKeys].map((text) => ({
    text,
    fingerprint: hash('sha256', text, 'hex').slice(0, 8),
  }))
  return { clientId, signingKeys }
}

function parseObject(text: string | undefined, secretId: string): Record<string, unknown> {
  try {
    const parsed = parseRounding(text ?? '')
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>
  } catch {
    // Its SyntaxError would quote the secret.
  }
  throw incomplete('it is not a JSON object', secretId)
}

/** The command never takes the secret as an argument: those show in process lists and shell histories. */
function incomplete(what: string, secretId: string): SecretUnavailable {
  return new SecretUnavailable(
    `The secret ${secretId} is not complete: ${what}. Write { "clientId": "…", "signingKey": "…" } to a file and run: ` +
      `aws secretsmanager put-secret-value --secret-id ${secretId} --secret-string file://webhook-secret.json`,
  )
}

function asUnavailable(error: unknown, secretId: string): SecretUnavailable {
  if (error instanceof SecretUnavailable) return error
  return new SecretUnavailable(
    `The secret ${secretId} cannot be read: ${error instanceof Error ? error.name : 'unknown error'}. See what it says: ` +
      `aws secretsmanager describe-secret --secret-id ${secretId}`,
    { cause: error },
  )
}

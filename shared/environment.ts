/** Names of the environment variables that the infrastructure sets and the Lambdas read. */
export const variables = {
  queueUrl: 'QUEUE_URL',
  deadLetterQueueUrl: 'DEAD_LETTER_QUEUE_URL',
  /** Secrets Manager id of `{ clientId, signingKey, previousSigningKeys }`. */
  webhookSecretId: 'WEBHOOK_SECRET_ID',
  /** Accepted age of a delivery's `Timestamp`, either way, in milliseconds. */
  toleranceMs: 'TOLERANCE_MS',
  tableName: 'TABLE_NAME',
  /** Failed attempts of a handler after which its event is dead-lettered. */
  maxAttempts: 'MAX_ATTEMPTS',
  eventRetentionDays: 'EVENT_RETENTION_DAYS',
  ledgerRetentionDays: 'LEDGER_RETENTION_DAYS',
} as const

type Variable = keyof typeof variables

export class MissingEnvironment extends Error {
  readonly code = 'MISSING_ENVIRONMENT'

  constructor(names: readonly string[]) {
    super(`Set the environment variable${names.length > 1 ? 's' : ''} ${names.join(', ')} of this function.`)
    this.name = 'MissingEnvironment'
  }
}

/**
 * Reads the named variables from `env`; an empty one counts as missing.
 * Throws one `MissingEnvironment` that names all that are missing.
 */
export function readEnvironment<const V extends Variable>(
  env: Record<string, string | undefined>,
  needed: readonly V[],
): Record<V, string> {
  const missing = needed.filter((key) => !env[variables[key]])
  if (missing.length > 0) throw new MissingEnvironment(missing.map((key) => variables[key]))
  return Object.fromEntries(needed.map((key) => [key, env[variables[key]]])) as Record<V, string>
}

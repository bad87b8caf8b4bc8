import { parseRounding } from '../event/lossless-json.ts'

/** Names of the environment variables that the infrastructure sets and the Lambdas read. */
export const variables = {
  queueUrl: 'QUEUE_URL',
  deadLetterQueueUrl: 'DEAD_LETTER_QUEUE_URL',
  delayQueueUrl: 'DELAY_QUEUE_URL',
  /** Secrets Manager id of `{ clientId, signingKey, previousSigningKeys }`. */
  webhookSecretId: 'WEBHOOK_SECRET_ID',
  /** Secrets Manager id of what `apiCredentials` reads. */
  apiSecretId: 'API_SECRET_ID',
  /** Accepted age of a delivery's `Timestamp`, either way, in milliseconds. */
  toleranceMs: 'TOLERANCE_MS',
  tableName: 'TABLE_NAME',
  /** Failed attempts of a handler after which its event is dead-lettered. */
  maxAttempts: 'MAX_ATTEMPTS',
  eventRetentionDays: 'EVENT_RETENTION_DAYS',
  ledgerRetentionDays: 'LEDGER_RETENTION_DAYS',
  /** Absent: bodies are kept as long as their events. */
  bodyRetentionDays: 'BODY_RETENTION_DAYS',
  /** `true`: events of connected accounts alone are taken. */
  connectedAccountsOnly: 'CONNECTED_ACCOUNTS_ONLY',
  /** JSON: name of a handlers' secret → its Secrets Manager id. Absent or empty: there are none. */
  handlerSecrets: 'HANDLER_SECRETS',
  /** JSON: what SDK clients are made with beside their defaults, by service. Absent or empty: the environment decides. */
  clientConfigs: 'CLIENT_CONFIGS',
  /** What Smokeball is to call. */
  callbackUrl: 'CALLBACK_URL',
  /** All URLs at which Smokeball may call, as `ownUrlsIn` reads them. Absent or empty: the callback URL alone. */
  ownUrls: 'OWN_CALLBACK_URLS',
  /** The patterns that the handlers subscribe to, as `patternsText` writes them. */
  eventTypes: 'EVENT_TYPES',
  /** What subscriptions are called. */
  subscriptionName: 'SUBSCRIPTION_NAME',
  /** When the lists of a firm are walked for what no delivery has shown: `night`, or after how many hours. Absent or empty: never. */
  catchUp: 'CATCH_UP',
} as const

type Variable = keyof typeof variables

/** Positive numbers; all others are text. */
const numeric = ['toleranceMs', 'maxAttempts', 'eventRetentionDays', 'ledgerRetentionDays'] as const
type Numeric = (typeof numeric)[number]

/** The values of variables, by their keys. */
export type Settings<V extends Variable> = { [K in V]: K extends Numeric ? number : string }

type Problem = 'missing' | 'notNumbers' | 'others'

export class InvalidEnvironment extends Error {
  readonly code = 'INVALID_ENVIRONMENT'

  constructor({ missing = [], notNumbers = [], others = [] }: Partial<Record<Problem, readonly string[]>>) {
    const problems = [
      missing.length > 0 && `Set ${missing.join(', ')}.`,
      notNumbers.length > 0 && `Set ${notNumbers.join(', ')} to a positive number.`,
      ...others,
    ]
    super(`The environment of this function is not complete. ${problems.filter(Boolean).join(' ')}`)
    this.name = 'InvalidEnvironment'
  }
}

/**
 * Reads the named variables from `env`; an empty one counts as missing.
 * Throws one `InvalidEnvironment` that names all that are missing or no number.
 */
export function readEnvironment<const V extends Variable>(
  env: Record<string, string | undefined>,
  needed: readonly V[],
): Settings<V> {
  const named = (keys: readonly V[]) => keys.map((key) => variables[key])
  const missing = needed.filter((key) => !env[variables[key]])
  const notNumbers = needed.filter(
    (key) => isNumeric(key) && !missing.includes(key) && !(Number(env[variables[key]]) > 0),
  )
  if (missing.length + notNumbers.length > 0) {
    throw new InvalidEnvironment({ missing: named(missing), notNumbers: named(notNumbers) })
  }
  const values = needed.map((key) => [
    key,
    isNumeric(key) ? Number(env[variables[key]]) : env[variables[key]],
  ])
  return Object.fromEntries(values) as Settings<V>
}

function isNumeric(key: Variable): key is Numeric {
  return (numeric as readonly Variable[]).includes(key)
}

/**
 * What the SDK client of each service is to be made with beside its defaults. What is given explicitly, no variable of the
 * environment replaces: not one that the SDK reads, and that is there for clients of the handlers' own.
 */
export function clientConfigs(
  env: Record<string, string | undefined>,
): Partial<Record<'sqs' | 'dynamodb' | 'secretsManager', object>> {
  try {
    return parseRounding(env[variables.clientConfigs] || '{}') as ReturnType<typeof clientConfigs>
  } catch {
    throw new InvalidEnvironment({
      others: [`Set ${variables.clientConfigs} to a JSON object, or leave it out.`],
    })
  }
}

/**
 * For every SDK client in the functions: a silent service is given up within two seconds a try, three tries.
 * `throwOnRequestTimeout` makes `requestTimeout` end the request; without it the SDK only warns.
 */
export const clientDefaults = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
} as const

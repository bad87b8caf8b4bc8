import { parseRounding } from '../event/lossless-json.ts'
import { AdvisedError } from '../runtime/advised-error.ts'
import { setSecrets } from '../runtime/command-line.ts'

export const regions = ['us', 'au', 'uk'] as const
export const environments = ['production', 'staging'] as const

export type Region = (typeof regions)[number]
type Environment = (typeof environments)[number]

/** Base URLs, without a slash at their end. */
interface Hosts {
  apiUrl: string
  /** The host that gives out tokens. */
  authUrl: string
}

const domains = { us: 'smokeball.com', au: 'smokeball.com.au', uk: 'smokeball.co.uk' } as const

/** Where a region's API and tokens are: a key or token of one region is nothing in another. https://docs.smokeball.com */
export function hosts(region: Region, environment: Environment): Hosts {
  const [api, auth] = environment === 'production' ? ['api', 'auth'] : ['stagingapi', 'datastaging-auth']
  return { apiUrl: `https://${api}.${domains[region]}`, authUrl: `https://${auth}.${domains[region]}` }
}

export interface ApiCredentials extends Hosts {
  /** Makes RequestIds of ours. */
  requestIdKey: string
  clientId: string
  clientSecret: string
  apiKey: string
  /** Whether the client may act for several accounts, and so has to name the one that it means. */
  actsFor: 'one' | 'many'
  /** Region and environment, as messages name them: `us production`. */
  regionName: string
}

/** There are no credentials, or some of them are missing or unusable. Quotes no value. */
export class MissingApiCredentials extends AdvisedError {
  readonly code = 'MISSING_API_CREDENTIALS'

  constructor(problems: readonly string[]) {
    super(`Smokeball's API cannot be called without credentials: ${problems.join('; ')}.`, {
      text: 'Set them',
      next: setSecrets,
    })
    this.name = 'MissingApiCredentials'
  }
}

/**
 * The credentials in the API's secret: `{ requestIdKey, clientId, clientSecret, apiKey, region, environment, actsFor?,
 * apiUrl?, authUrl? }`. The last two stand in for the hosts of the region. Throws `MissingApiCredentials`, which names
 * all that is wrong at once.
 */
export function apiCredentials(text: string | undefined): ApiCredentials {
  const { fields, requestIdKeys } = parse(text)
  const problems = credentialProblems(fields)
  if (problems.length > 0) throw new MissingApiCredentials(problems)
  const { clientId, clientSecret, apiKey, actsFor = 'one', region, environment } = fields as CheckedFields
  const standard = hosts(region, environment)
  return {
    requestIdKey: requestIdKeys[0].key,
    clientId,
    clientSecret,
    apiKey,
    actsFor,
    apiUrl: baseUrl(fields.apiUrl) ?? standard.apiUrl,
    authUrl: baseUrl(fields.authUrl) ?? standard.authUrl,
    regionName: `${region} ${environment}`,
  }
}

type CheckedFields = Pick<ApiCredentials, 'clientId' | 'clientSecret' | 'apiKey'> & {
  actsFor?: ApiCredentials['actsFor']
  region: Region
  environment: Environment
}

/** What is wrong with credentials, as `apiCredentials` takes them, or with those that are named alone. Quotes no value. */
export function credentialProblems(
  fields: Readonly<Record<string, unknown>>,
  names: readonly string[] = Object.keys(rules),
): string[] {
  return names.flatMap((name) => {
    const problem = rules[name]?.(fields[name])
    return problem === undefined ? [] : [`\`${name}\` ${problem}`]
  })
}

type Rule = (value: unknown) => string | undefined

const header: Rule = (value) => {
  if (value === undefined || value === '') return 'is missing'
  // It goes into a header, and the error of one that does not fit there would quote it.
  const fits = typeof value === 'string' && /^[\x21-\x7e]+$/.test(value)
  return fits ? undefined : 'is not printable ASCII without spaces'
}

const oneOf =
  (...values: readonly unknown[]): Rule =>
  (value) =>
    values.includes(value) ? undefined : `is not one of ${values.filter((each) => each).join(', ')}`

const url: Rule = (value) =>
  value === undefined || baseUrl(value) !== undefined
    ? undefined
    : 'is not an https address (http: only on this machine) without a query'

const rules: Readonly<Record<string, Rule>> = {
  clientId: header,
  clientSecret: header,
  apiKey: header,
  region: oneOf(...regions),
  environment: oneOf(...environments),
  actsFor: oneOf('one', 'many', undefined),
  apiUrl: url,
  authUrl: url,
}

/** The key that makes RequestIds of ours; it is there from the first deployment on. Throws `MissingApiCredentials`. */
export function requestIdKeyOf(text: string | undefined): string {
  return parse(text).requestIdKeys[0].key
}

/** The 32 bytes that stored refresh tokens are sealed with, from `tokenKey`: 64 hex digits. Throws `MissingApiCredentials`. */
export function tokenKeyOf(text: string | undefined): Uint8Array {
  const { tokenKey } = parse(text).fields
  if (typeof tokenKey === 'string' && /^[\da-f]{64}$/i.test(tokenKey)) return Buffer.from(tokenKey, 'hex')
  throw new MissingApiCredentials(['`tokenKey`, which refresh tokens are sealed with, is not 64 hex digits'])
}

function parse(text: string | undefined): ApiSecret {
  try {
    return parseApiSecret(text)
  } catch (error) {
    if (error instanceof InvalidApiSecret) throw new MissingApiCredentials([error.message])
    throw error
  }
}

/** Whether an address is on this machine. */
export function isHere({ hostname }: URL): boolean {
  return hostname === '127.0.0.1' || hostname === 'localhost'
}

/** The slash at its end is left out. */
function baseUrl(value: unknown): string | undefined {
  const url = typeof value === 'string' ? URL.parse(value) : null
  if (!url || url.search || url.hash || url.username || url.password) return undefined
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isHere(url))) return undefined
  return url.href.replace(/\/+$/, '')
}

interface RequestIdKey {
  key: string
  /** Milliseconds since 1970. */
  untilEpochMs: number
}

/** What every reader of the API's secret needs: its fields, and the keys by which our own RequestIds are known. */
interface ApiSecret {
  fields: Readonly<Record<string, unknown>>
  /** The first makes new ones. */
  requestIdKeys: readonly [RequestIdKey, ...RequestIdKey[]]
}

/** Its message says what is wrong with the secret and quotes nothing of it. */
export class InvalidApiSecret extends Error {
  readonly code = 'INVALID_API_SECRET'

  constructor(problem: string) {
    super(problem)
    this.name = 'InvalidApiSecret'
  }
}

/**
 * Reads the text of the API's secret: `{ requestIdKey, previousRequestIdKeys?: [{ key, until }], … }`, `until` an
 * ISO 8601 time. Throws `InvalidApiSecret`.
 */
export function parseApiSecret(text: string | undefined): ApiSecret {
  const fields = parseObject(text)
  const { requestIdKey, previousRequestIdKeys = [] } = fields
  if (!isText(requestIdKey)) throw new InvalidApiSecret('`requestIdKey` is missing or empty')
  const previous = Array.isArray(previousRequestIdKeys) ? previousRequestIdKeys : [undefined]
  const current = { key: requestIdKey, untilEpochMs: Number.POSITIVE_INFINITY }
  return { fields, requestIdKeys: [current, ...previous.map(previousKey)] }
}

function previousKey(each: { key?: unknown; until?: unknown } | null | undefined): RequestIdKey {
  const untilEpochMs = Date.parse(String(each?.until))
  if (isText(each?.key) && !Number.isNaN(untilEpochMs)) return { key: each.key, untilEpochMs }
  throw new InvalidApiSecret('`previousRequestIdKeys` is not a list of { key, until }')
}

function parseObject(text: string | undefined): Record<string, unknown> {
  try {
    const parsed = parseRounding(text ?? '')
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed))
      return parsed as Record<string, unknown>
  } catch {
    // Its SyntaxError would quote the secret.
  }
  throw new InvalidApiSecret('it is not a JSON object')
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

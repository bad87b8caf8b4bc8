import { type ApiSecret, InvalidApiSecret, parseApiSecret } from './api-secret.ts'
import { environments, type Hosts, hosts, regions } from './hosts.ts'

export interface ApiCredentials extends Hosts {
  /** Makes RequestIds of ours. */
  requestIdKey: string
  clientId: string
  clientSecret: string
  apiKey: string
  /** Whether the client may act for several accounts, and so has to name the one that it means. */
  actsFor: 'one' | 'many'
  /** Region and environment, as messages name them. */
  place: string
}

/** There are no credentials, or some of them are missing or unusable. Quotes no value. */
export class MissingApiCredentials extends Error {
  readonly code = 'MISSING_API_CREDENTIALS'

  constructor(problems: readonly string[]) {
    super(
      `Smokeball's API cannot be called without credentials: ${problems.join('; ')}. ` +
        'Set them: npm run webhooks -- secret set',
    )
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
  const problems: string[] = []
  const header = (name: string) => {
    const value = fields[name]
    if (value === undefined || value === '') problems.push(`\`${name}\` is missing`)
    // It goes into a header, and the error of one that does not fit there would quote it.
    else if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value))
      problems.push(`\`${name}\` is not printable ASCII without spaces`)
    return String(value)
  }
  const oneOf = <T extends string>(name: string, values: readonly T[], standard?: T) => {
    const value = (fields[name] ?? standard) as T
    if (!values.includes(value)) problems.push(`\`${name}\` is not one of ${values.join(', ')}`)
    return value
  }
  const url = (name: string) => {
    const value = fields[name]
    const base = baseUrl(value)
    if (value !== undefined && base === undefined)
      problems.push(`\`${name}\` is not an https address (http: only on this machine) without a query`)
    return base
  }
  const [clientId, clientSecret, apiKey] = [header('clientId'), header('clientSecret'), header('apiKey')]
  const region = oneOf('region', regions)
  const environment = oneOf('environment', environments)
  const actsFor = oneOf('actsFor', ['one', 'many'] as const, 'one')
  const [apiUrl, authUrl] = [url('apiUrl'), url('authUrl')]
  if (problems.length > 0) throw new MissingApiCredentials(problems)
  const standard = hosts(region, environment)
  return {
    requestIdKey: requestIdKeys[0].key,
    ...{ clientId, clientSecret, apiKey, actsFor },
    apiUrl: apiUrl ?? standard.apiUrl,
    authUrl: authUrl ?? standard.authUrl,
    place: `${region} ${environment}`,
  }
}

function parse(text: string | undefined): ApiSecret {
  try {
    return parseApiSecret(text)
  } catch (error) {
    if (error instanceof InvalidApiSecret) throw new MissingApiCredentials([error.message])
    throw error
  }
}

/** Without the slash at its end. */
function baseUrl(value: unknown): string | undefined {
  const url = typeof value === 'string' ? URL.parse(value) : null
  if (!url || url.search || url.hash || url.username || url.password) return undefined
  const isHere = url.hostname === '127.0.0.1' || url.hostname === 'localhost'
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isHere)) return undefined
  return url.href.replace(/\/+$/, '')
}

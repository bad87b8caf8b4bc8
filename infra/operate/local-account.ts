/** What the local run has in place of an AWS account. Commands read it without starting an engine. */
export const region = 'us-east-1'
export const tableName = 'smokeball-events'
/** The credentials of a run without engines: they open nothing. */
export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }

/** What an SDK client needs to reach what runs on this machine. */
export interface ClientConfig {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
}

/**
 * All that decides where a client's calls go, and whether they are made. What is left out here, the SDK would look for in the
 * environment and in the profiles of this machine, which are about real AWS.
 */
export function clientConfig(
  endpoint: string,
  { region, credentials }: Omit<ClientConfig, 'endpoint'>,
): ClientConfig {
  const { accessKeyId, secretAccessKey } = credentials
  const config = {
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    endpointDiscoveryEnabled: false,
    maxAttempts: 3,
    retryMode: 'standard',
    defaultsMode: 'legacy',
    accountIdEndpointMode: 'disabled',
    authSchemePreference: ['sigv4'],
    disableClockSkewCorrection: false,
    userAgentAppId: '',
  }
  return config
}

/** What the local run gives for an AWS account. Apart from the engines, since commands that need it start none. */
export const region = 'us-east-1'
export const tableName = 'smokeball-events'
/** Those of a run that has no engines: they open nothing. */
export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }

/** What an SDK client needs to reach what runs on this machine. */
export interface ClientConfig {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
}

/**
 * All that decides where a client's calls go, and whether they are made: what is left out, the SDK looks for in the
 * environment and in the profiles of this machine, and those are about real AWS.
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

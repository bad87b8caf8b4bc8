import { type ApiCredentials, apiCredentials } from '../../../shared/smokeball-api/api-credentials.ts'

/** The API's secret as it is stored. */
export const secret = {
  requestIdKey: 'request-id-key',
  clientId: 'client-1',
  clientSecret: 'client-secret-1',
  apiKey: 'api-key-0123456789',
  region: 'us',
  environment: 'production',
}

export function credentialsFor(url: string, actsFor: 'one' | 'many' = 'one'): ApiCredentials {
  return apiCredentials(JSON.stringify({ ...secret, actsFor, apiUrl: url, authUrl: url }))
}

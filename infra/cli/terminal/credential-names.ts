/** What is secret, or goes with it: as the command line names it → the member of the API's secret. */
export const secretMembers = {
  'client-id': 'clientId',
  'client-secret': 'clientSecret',
  'api-key': 'apiKey',
} as const

export type SecretName = keyof typeof secretMembers
export type CredentialName = SecretName | 'refresh-token'

export const secretNames = Object.keys(secretMembers) as SecretName[]
export const credentialNames: readonly CredentialName[] = [...secretNames, 'refresh-token']

/** How they are asked for. */
export const labels: Readonly<Record<CredentialName, string>> = {
  'client-id': 'Client id',
  'client-secret': 'Client secret',
  'api-key': 'API key',
  'refresh-token': "The firm's refresh token",
}

export function isCredentialName(text: string): text is CredentialName {
  return (credentialNames as readonly string[]).includes(text)
}

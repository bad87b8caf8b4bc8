import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

/** A client in the region where the secret is, which an ARN names. To be destroyed. */
export function secretsClient(secretId: string): SecretsManagerClient {
  const region = secretId.startsWith('arn:') ? secretId.split(':')[3] : undefined
  return new SecretsManagerClient({ ...(region && { region }) })
}

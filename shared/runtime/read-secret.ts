import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'

/** The secret's text; undefined if it has none. Throws what the SDK does. */
export async function readSecret(
  client: SecretsManagerClient,
  secretId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const get = new GetSecretValueCommand({ SecretId: secretId })
  return (await client.send(get, { abortSignal: signal })).SecretString
}

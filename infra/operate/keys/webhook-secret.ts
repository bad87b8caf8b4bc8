import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { commandLine } from '../../../shared/runtime/command-line.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { readSecretFields, type SecretFields } from './update-secret.ts'

/** What deliveries are signed and checked with. */
export interface WebhookCredentials {
  clientId: string
  signingKey: string
}

/** Reads the secret that deliveries are checked with. Throws `UsageError`, which quotes nothing of it and names `toConnect`. */
export async function readWebhookSecret(
  client: SecretsManagerClient,
  secretId: string,
  toConnect: string,
): Promise<WebhookCredentials> {
  const { fields } = await readSecretFields(client, secretId)
  checkKey(fields, 'signingKey', secretId)
  const { clientId, signingKey } = fields
  if (typeof clientId !== 'string' || clientId === '')
    throw new UsageError(`${secretId} holds no client id yet. Put it in: ${toConnect}`)
  return { clientId, signingKey: String(signingKey) }
}

/** Throws `UsageError` unless a secret holds the key that it was made with: else it is another secret, or was overwritten. */
export function checkKey(fields: SecretFields, name: 'signingKey' | 'requestIdKey', secretId: string): void {
  const { [name]: key } = fields
  if (typeof key === 'string' && key !== '') return
  throw new UsageError(
    `${secretId} holds no JSON object with a ${name}: it is another secret, or was overwritten. Restore what was there: ` +
      commandLine('aws secretsmanager list-secret-version-ids', { options: { 'secret-id': secretId } }),
  )
}

import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { UsageError } from '../usage-error.ts'
import { awsProblem } from './aws-problem.ts'

/** The current version of the secret that deliveries are checked with. */
export interface WebhookSecret {
  versionId: string
  /** All that is in it, other things than these two included. */
  values: Readonly<Record<string, unknown>> & { readonly signingKey: string }
  clientId: string | undefined
}

/** Reads and checks it. Throws `UsageError`, which never quotes what is in it. */
export async function readWebhookSecret(
  client: SecretsManagerClient,
  secretId: string,
): Promise<WebhookSecret> {
  const { SecretString, VersionId = '' } = await client
    .send(new GetSecretValueCommand({ SecretId: secretId }))
    .catch((cause: unknown) => {
      throw awsProblem(`read the secret ${secretId}`, cause)
    })
  const values = parse(SecretString)
  if (!hasSigningKey(values))
    throw new UsageError(
      `${secretId} holds no JSON object with a signingKey: it is another secret, or was overwritten. Restore what was there: ` +
        `aws secretsmanager list-secret-version-ids --secret-id ${secretId}`,
    )
  const { clientId } = values
  return { versionId: VersionId, values, clientId: typeof clientId === 'string' ? clientId : undefined }
}

function parse(text = ''): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Its SyntaxError would quote the secret.
    return undefined
  }
}

function hasSigningKey(values: unknown): values is WebhookSecret['values'] {
  if (typeof values !== 'object' || values === null || !('signingKey' in values)) return false
  return typeof values.signingKey === 'string' && values.signingKey !== ''
}

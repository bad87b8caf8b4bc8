import {
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { UsageError } from '../usage-error.ts'
import { awsProblem } from './aws-problem.ts'
import { readWebhookSecret, type WebhookSecret } from './webhook-secret.ts'

const maxAttempts = 3

/**
 * Puts the client id beside what is in the secret, and returns the one that was there before. What others put there
 * meanwhile, such as a new key, is not lost: the move of AWSCURRENT is refused unless it is where it was read. Throws
 * `UsageError`.
 */
export async function putClientId(
  client: SecretsManagerClient,
  secretId: string,
  clientId: string,
): Promise<string | undefined> {
  let refused: { versionId: string; cause: unknown } | undefined
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const secret = await readWebhookSecret(client, secretId)
    if (secret.clientId === clientId) return clientId
    // Nothing has changed, so this was not why.
    if (refused?.versionId === secret.versionId) throw awsProblem(`write ${secretId}`, refused.cause)
    const prepared = await prepare(client, secretId, { ...secret.values, clientId })
    try {
      await makeCurrent(client, secretId, prepared, secret)
      return secret.clientId
    } catch (cause) {
      refused = { versionId: secret.versionId, cause }
    }
  }
  throw new UsageError(
    `Others changed ${secretId} ${maxAttempts} times meanwhile. It is as they left it: run this again.`,
  )
}

/** Writes a version that nobody reads yet, and returns its id. */
async function prepare(
  client: SecretsManagerClient,
  secretId: string,
  values: object,
): Promise<string | undefined> {
  const { VersionId } = await client
    .send(
      new PutSecretValueCommand({
        SecretId: secretId,
        SecretString: JSON.stringify(values),
        VersionStages: ['client-id'],
      }),
    )
    .catch((cause: unknown) => {
      throw awsProblem(`write ${secretId}`, cause)
    })
  return VersionId
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html */
async function makeCurrent(
  client: SecretsManagerClient,
  secretId: string,
  versionId: string | undefined,
  was: WebhookSecret,
): Promise<void> {
  await client.send(
    new UpdateSecretVersionStageCommand({
      SecretId: secretId,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: versionId,
      RemoveFromVersionId: was.versionId,
    }),
  )
}

import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { commandLine } from '../../../shared/runtime/command-line.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { awsProblem } from '../explained.ts'

/** The members of a secret that is a JSON object. */
export type SecretFields = Readonly<Record<string, unknown>>

const maxAttempts = 3

/**
 * Changes members of a secret, and leaves all others as they are. Nothing that somebody else puts there meanwhile is lost, such
 * as a new key: AWSCURRENT is moved only if it is still where it was read. `change` is asked anew for each attempt; what it
 * returns undefined for stays as it is. Returns the secret as it is then. Throws `UsageError`, which never quotes a value.
 */
export async function updateSecret(
  client: Pick<SecretsManagerClient, 'send'>,
  secretId: string,
  change: (fields: SecretFields) => SecretFields | undefined,
): Promise<SecretFields> {
  let refused: { versionId: string; cause: unknown } | undefined
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const { fields, versionId } = await readSecretFields(client, secretId)
    const changed = change(fields)
    if (changed === undefined) return fields
    // Nobody else has changed it, so that was not the reason.
    if (refused?.versionId === versionId) throw awsProblem(`write ${secretId}`, refused.cause)
    const prepared = await prepare(client, secretId, changed)
    try {
      await makeCurrent(client, secretId, prepared, versionId)
      return changed
    } catch (cause) {
      refused = { versionId, cause }
    }
  }
  throw new UsageError(
    `Others changed ${secretId} ${maxAttempts} times meanwhile. It is as they left it: run this again.`,
  )
}

/** The current version of a secret. Throws `UsageError`, which never quotes what is in it. */
export async function readSecretFields(
  client: Pick<SecretsManagerClient, 'send'>,
  secretId: string,
): Promise<{ fields: SecretFields; versionId: string }> {
  const { SecretString, VersionId = '' } = await client
    .send(new GetSecretValueCommand({ SecretId: secretId }))
    .catch((cause: unknown) => {
      throw awsProblem(`read the secret ${secretId}`, cause)
    })
  return { fields: parse(SecretString, secretId), versionId: VersionId }
}

function parse(text = '', secretId: string): SecretFields {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed as SecretFields
  } catch {
    // Its SyntaxError would quote the secret.
  }
  throw new UsageError(
    `${secretId} holds no JSON object: it is another secret, or was overwritten. Restore what was there: ` +
      commandLine('aws secretsmanager list-secret-version-ids', { options: { 'secret-id': secretId } }),
  )
}

/**
 * Writes a version that nobody reads yet, and returns its id. All get the same label, since a secret takes no more than 20
 * labels. A version that loses the label to another one is still there for as long as it is needed here.
 */
async function prepare(
  client: Pick<SecretsManagerClient, 'send'>,
  secretId: string,
  fields: SecretFields,
): Promise<string | undefined> {
  const put = new PutSecretValueCommand({
    SecretId: secretId,
    SecretString: JSON.stringify(fields),
    VersionStages: ['prepared'],
  })
  const { VersionId } = await client.send(put).catch((cause: unknown) => {
    throw awsProblem(`write ${secretId}`, cause)
  })
  return VersionId
}

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html */
async function makeCurrent(
  client: Pick<SecretsManagerClient, 'send'>,
  secretId: string,
  versionId: string | undefined,
  wasVersionId: string,
): Promise<void> {
  await client.send(
    new UpdateSecretVersionStageCommand({
      SecretId: secretId,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: versionId,
      RemoveFromVersionId: wasVersionId,
    }),
  )
}

import { randomUUID } from 'node:crypto'
import { AwsRefusal } from './aws-refusal.ts'
import { notFound } from './secret-versions.ts'
import type { Secret, Secrets } from './secrets.ts'

/** The parameters of a call, as far as one of these calls takes them. */
export interface SecretsRequest {
  SecretId?: string
  SecretString?: string
  ClientRequestToken?: string
  VersionId?: string
  VersionStage?: string
  VersionStages?: string[]
  MoveToVersionId?: string
  RemoveFromVersionId?: string
}

/** The calls of Secrets Manager that are there locally. Each returns its answer, or throws `AwsRefusal`. */
export const secretsCalls: Readonly<Record<string, (secrets: Secrets, request: SecretsRequest) => object>> = {
  GetSecretValue(secrets, { SecretId, VersionId, VersionStage }) {
    const { name, arn, versions } = secretOf(secrets, SecretId)
    const { versionId, text, stages } = versions.read({ versionId: VersionId, stage: VersionStage })
    return { ARN: arn, Name: name, SecretString: text, VersionId: versionId, VersionStages: stages }
  },

  PutSecretValue(secrets, { SecretId, SecretString, VersionStages, ...request }) {
    if (SecretString === undefined) throw missing('SecretString')
    const { name, arn, versions } = secretOf(secrets, SecretId)
    const { ClientRequestToken = randomUUID() } = request
    const { versionId, stages } = versions.add(ClientRequestToken, SecretString, VersionStages)
    return { ARN: arn, Name: name, VersionId: versionId, VersionStages: stages }
  },

  UpdateSecretVersionStage(secrets, { SecretId, VersionStage, ...request }) {
    if (VersionStage === undefined) throw missing('VersionStage')
    const { name, arn, versions } = secretOf(secrets, SecretId)
    versions.moveStage(VersionStage, request.MoveToVersionId, request.RemoveFromVersionId)
    return { ARN: arn, Name: name }
  },

  DescribeSecret(secrets, { SecretId }) {
    const { name, arn, versions } = secretOf(secrets, SecretId)
    return { ARN: arn, Name: name, VersionIdsToStages: versions.labels() }
  },
}

function secretOf(secrets: Secrets, id = ''): Secret {
  const secret = secrets.get(id)
  if (secret) return secret
  throw notFound("Secrets Manager can't find the specified secret.")
}

function missing(parameter: string): AwsRefusal {
  return new AwsRefusal('InvalidParameterException', `You must provide ${parameter}.`)
}

import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import { AwsRefusal, awsEndpoint } from './aws-endpoint.ts'
import { notFound, type Secret, type Secrets } from './secrets.ts'

/**
 * Serves the calls of Secrets Manager that the functions and the command line make, in the JSON 1.1 protocol.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/
 */
export function secretsEndpoint(secrets: Secrets): Server {
  return awsEndpoint('application/x-amz-json-1.1', (request, body) => ({
    status: 200,
    body: called(secrets, request.headers['x-amz-target'], body),
  }))
}

function called(secrets: Secrets, target: string | string[] | undefined, body: string): object {
  const name = String(target).replace(/^secretsmanager\./, '')
  const call = Object.hasOwn(secretsCalls, name) ? secretsCalls[name] : undefined
  if (call) return call(secrets, parsed(body))
  throw new AwsRefusal('InvalidAction', `Only ${Object.keys(secretsCalls).join(', ')} are supported locally.`)
}

function parsed(body: string): SecretsRequest {
  try {
    return JSON.parse(body) as SecretsRequest
  } catch {
    throw new AwsRefusal('SerializationException', 'The body is not JSON.')
  }
}

/** The parameters that these calls take. */
interface SecretsRequest {
  SecretId?: string
  SecretString?: string
  ClientRequestToken?: string
  VersionId?: string
  VersionStage?: string
  VersionStages?: string[]
  MoveToVersionId?: string
  RemoveFromVersionId?: string
}

/** These calls of Secrets Manager work locally. Each returns its answer, or throws `AwsRefusal`. */
const secretsCalls: Readonly<Record<string, (secrets: Secrets, request: SecretsRequest) => object>> = {
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

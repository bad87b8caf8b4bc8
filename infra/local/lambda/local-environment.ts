import { variables } from '../../../shared/runtime/environment.ts'
import { tableName } from '../../operate/local-account.ts'
import { pipelineEnvironment } from '../../settings/function-environment.ts'
import { defaults } from '../../settings/settings-schema.ts'
import { ofHandlers } from '../aws-endpoints/secrets.ts'
import type { Engines } from '../engines/engines.ts'
import { bringsCredentials, processEnvironment } from './process-environment.ts'

/** The engines, as far as the functions know them. */
export type KnownEngines = Pick<
  Engines,
  'sqsConfig' | 'dynamodbConfig' | 'secretsUrl' | 'queueUrl' | 'deadLetterQueueUrl' | 'delayQueueUrl'
>

export const secretId = 'smokeball-webhook'
export const apiSecretId = 'smokeball-api'

/** By which a firm's subscription is told apart from a deployment's. */
const subscriptionName = 'npm start'

/** Under which id a secret of the handlers is kept. */
export const handlerSecretId = (name: string): string => `${ofHandlers}${name}`

/**
 * Returns the environment of a function: the variables that the deployment sets, those that Lambda sets, and what the pipeline's
 * SDK clients are made with: nothing in the functions knows that it is not on AWS. `own` (the user's `.env`) changes nothing
 * of the pipeline: it is for the handlers, whose own AWS clients reach these engines unless it brings credentials.
 */
function environmentOn(
  engines: KnownEngines,
  pipeline: Record<string, string>,
  own: Record<string, string> = {},
): Record<string, string> {
  const { sqsConfig, dynamodbConfig, secretsUrl } = engines
  const configs = {
    sqs: sqsConfig,
    dynamodb: dynamodbConfig,
    secretsManager: { ...sqsConfig, endpoint: secretsUrl },
  }
  return {
    ...(!bringsCredentials(own) && {
      AWS_ENDPOINT_URL_SQS: sqsConfig.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodbConfig.endpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsUrl,
    }),
    ...processEnvironment(withoutPipelineNames(own), sqsConfig.credentials),
    [variables.clientConfigs]: JSON.stringify(configs),
    ...pipeline,
  }
}

/** Names in `.env` that the pipeline uses itself; `.env` may set none of them. */
export function pipelineNamesIn(own: Record<string, string>): string[] {
  const taken: readonly string[] = Object.values(variables)
  return Object.keys(own).filter((name) => taken.includes(name))
}

function withoutPipelineNames(own: Record<string, string>): Record<string, string> {
  const taken = pipelineNamesIn(own)
  return Object.fromEntries(Object.entries(own).filter(([name]) => !taken.includes(name)))
}

/** The names of what the functions of a local run use. */
function resourcesOf({ queueUrl, deadLetterQueueUrl, delayQueueUrl }: KnownEngines) {
  return { queueUrl, deadLetterQueueUrl, delayQueueUrl, tableName, apiSecretId, webhookSecretId: secretId }
}

export function receiverEnvironment(engines: KnownEngines): Record<string, string> {
  const { toleranceMs } = defaults
  return environmentOn(engines, pipelineEnvironment('receiver', { ...resourcesOf(engines), toleranceMs }))
}

/** The consumer's environment. `own` holds the user's variables, and `secretNames` names the handlers' secrets. */
export function consumerEnvironment(
  engines: KnownEngines,
  of: { maxAttempts: number; own: Record<string, string>; secretNames: readonly string[] },
): Record<string, string> {
  const ids = Object.fromEntries(of.secretNames.map((name) => [name, handlerSecretId(name)]))
  const pipeline = pipelineEnvironment('consumer', {
    ...resourcesOf(engines),
    maxAttempts: of.maxAttempts,
    eventRetentionDays: defaults.eventRetentionDays,
    bodyRetentionDays: defaults.bodyRetentionDays,
    ledgerRetentionDays: defaults.ledgerRetentionDays,
    // A local run takes events of all accounts.
    connectedAccountsOnly: false,
    handlerSecrets: JSON.stringify(ids),
  })
  return environmentOn(engines, pipeline, of.own)
}

export function keeperEnvironment(
  engines: KnownEngines,
  of: { callbackUrl: string; eventTypes: string },
): Record<string, string> {
  const pipeline = pipelineEnvironment('keeper', {
    ...resourcesOf(engines),
    callbackUrl: of.callbackUrl,
    // A local run has no domains.
    ownUrls: undefined,
    eventTypes: of.eventTypes,
    subscriptionName,
    // Nothing runs on a schedule here: the command `catch-up` walks.
    catchUp: undefined,
  })
  return environmentOn(engines, pipeline)
}

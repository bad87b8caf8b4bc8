import { variables } from '../../../shared/runtime/environment.ts'
import { tableName } from '../../operate/local-account.ts'
import { defaults } from '../../settings/settings-schema.ts'
import { ofHandlers } from '../aws-endpoints/secrets.ts'
import type { Engines } from '../engines/engines.ts'
import { bringsCredentials, processEnvironment } from './process-environment.ts'

export const secretId = 'smokeball-webhook'
export const apiSecretId = 'smokeball-api'

/** By which a firm's subscription is told apart from a deployment's. */
const subscriptionName = 'npm start'

/** Under which id a secret of the handlers is kept. */
export const handlerSecretId = (name: string): string => `${ofHandlers}${name}`

export interface OwnEnvironment {
  maxAttempts: number
  /** The user's own variables. */
  own?: Record<string, string>
  /** Names of the handlers' secrets. */
  secretNames?: readonly string[]
}

/**
 * The environment of the functions: the variables that the deployment sets, those that Lambda sets, and what the pipeline's
 * SDK clients are made with: nothing in the functions knows that it is not on AWS. `own` (the user's `.env`) changes nothing
 * of the pipeline: it is for the handlers, whose own AWS clients reach these engines unless it brings credentials.
 */
export function functionEnvironment(
  engines: Engines,
  { maxAttempts, own = {}, secretNames = [] }: OwnEnvironment,
): Record<string, string> {
  const { sqsConfig, dynamodbConfig, secretsUrl } = engines
  const configs = {
    ...{ sqs: sqsConfig, dynamodb: dynamodbConfig },
    secretsManager: { ...sqsConfig, endpoint: secretsUrl },
  }
  return {
    ...(!bringsCredentials(own) && {
      AWS_ENDPOINT_URL_SQS: sqsConfig.endpoint,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodbConfig.endpoint,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsUrl,
    }),
    ...processEnvironment(withoutPipelines(own), sqsConfig.credentials),
    [variables.clientConfigs]: JSON.stringify(configs),
    [variables.queueUrl]: engines.queueUrl,
    [variables.deadLetterQueueUrl]: engines.deadLetterQueueUrl,
    [variables.delayQueueUrl]: engines.delayQueueUrl,
    [variables.webhookSecretId]: secretId,
    [variables.apiSecretId]: apiSecretId,
    [variables.toleranceMs]: String(defaults.toleranceMs),
    [variables.tableName]: tableName,
    [variables.maxAttempts]: String(maxAttempts),
    [variables.eventRetentionDays]: String(defaults.eventRetentionDays),
    [variables.ledgerRetentionDays]: String(defaults.ledgerRetentionDays),
    [variables.handlerSecrets]: JSON.stringify(
      Object.fromEntries(secretNames.map((name) => [name, handlerSecretId(name)])),
    ),
  }
}

/** Names of the pipeline's own variables, which `.env` is not to set: not those either that are left out here. */
export function pipelinesNames(own: Record<string, string>): string[] {
  const taken: readonly string[] = Object.values(variables)
  return Object.keys(own).filter((name) => taken.includes(name))
}

function withoutPipelines(own: Record<string, string>): Record<string, string> {
  const taken = pipelinesNames(own)
  return Object.fromEntries(Object.entries(own).filter(([name]) => !taken.includes(name)))
}

/** The keeper's: what the others have, without the user's own, and what subscriptions are to be like. */
export function keeperEnvironment(
  engines: Engines,
  of: { maxAttempts: number; callbackUrl: string; eventTypes: string },
): Record<string, string> {
  return {
    ...functionEnvironment(engines, { maxAttempts: of.maxAttempts }),
    [variables.callbackUrl]: of.callbackUrl,
    [variables.eventTypes]: of.eventTypes,
    [variables.subscriptionName]: subscriptionName,
  }
}

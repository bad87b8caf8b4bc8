import { variables } from '../../shared/environment.ts'
import { retention, toleranceMs } from '../topology.ts'
import type { Engines } from './engines.ts'
import { tableName } from './local-account.ts'
import { processEnvironment } from './process-environment.ts'

export const secretId = 'smokeball-webhook'
export const apiSecretId = 'smokeball-api'

/** By which a firm's subscription is told apart from a deployment's. */
const subscriptionName = 'npm start'

/** Under which id a secret of the handlers is kept. */
export const handlerSecretId = (name: string): string => `handlers/${name}`

export interface OwnEnvironment {
  maxAttempts: number
  /** The user's own variables. */
  own?: Record<string, string>
  /** Names of the handlers' secrets. */
  secretNames?: readonly string[]
}

/**
 * The environment of the functions: the variables that the deployment sets, those that Lambda sets, and the endpoints,
 * which the SDK reads by itself: nothing in the functions knows that it is not on AWS. `own` (the user's `.env`) replaces
 * none of the deployment's variables.
 */
export function functionEnvironment(
  engines: Engines,
  { maxAttempts, own = {}, secretNames = [] }: OwnEnvironment,
): Record<string, string> {
  return {
    ...processEnvironment(own, engines.sqsConfig.credentials),
    AWS_ENDPOINT_URL_SQS: engines.sqsConfig.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: engines.dynamodbConfig.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: engines.secretsUrl,
    [variables.queueUrl]: engines.queueUrl,
    [variables.deadLetterQueueUrl]: engines.deadLetterQueueUrl,
    [variables.delayQueueUrl]: engines.delayQueueUrl,
    [variables.webhookSecretId]: secretId,
    [variables.apiSecretId]: apiSecretId,
    [variables.toleranceMs]: String(toleranceMs),
    [variables.tableName]: tableName,
    [variables.maxAttempts]: String(maxAttempts),
    [variables.eventRetentionDays]: String(retention.eventDays),
    [variables.ledgerRetentionDays]: String(retention.ledgerDays),
    [variables.handlerSecrets]: JSON.stringify(
      Object.fromEntries(secretNames.map((name) => [name, handlerSecretId(name)])),
    ),
  }
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

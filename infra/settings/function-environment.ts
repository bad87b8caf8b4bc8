import { variables } from '../../shared/runtime/environment.ts'

type Variable = keyof typeof variables

/** The variables that the pipeline sets for each function. */
const functionVariables = {
  receiver: ['queueUrl', 'deadLetterQueueUrl', 'webhookSecretId', 'toleranceMs', 'tableName'],
  consumer: [
    'tableName',
    'queueUrl',
    'deadLetterQueueUrl',
    'delayQueueUrl',
    'apiSecretId',
    'maxAttempts',
    'eventRetentionDays',
    'ledgerRetentionDays',
    'bodyRetentionDays',
    'connectedAccountsOnly',
    'handlerSecrets',
  ],
  keeper: [
    'tableName',
    'queueUrl',
    'deadLetterQueueUrl',
    'delayQueueUrl',
    'apiSecretId',
    'webhookSecretId',
    'callbackUrl',
    'ownUrls',
    'eventTypes',
    'subscriptionName',
    'catchUp',
  ],
} as const satisfies Record<string, readonly Variable[]>

type Functions = typeof functionVariables

/** The environment of a function, from the ids and settings of a deployment or of a local run. Leaves out what is undefined. */
export function pipelineEnvironment<Name extends keyof Functions>(
  name: Name,
  values: Readonly<Record<Functions[Name][number], string | number | boolean | undefined>>,
): Record<string, string> {
  const given: Readonly<Partial<Record<Variable, unknown>>> = values
  const keys: readonly Variable[] = functionVariables[name]
  const set = keys.filter((key) => given[key] !== undefined)
  return Object.fromEntries(set.map((key) => [variables[key], String(given[key])]))
}

import { type TestContext, vi } from 'vitest'
import type { Engines } from '../../infra/local/engines/engines.ts'
import { region, tableName } from '../../infra/operate/local-account.ts'
import { variables } from '../../shared/runtime/environment.ts'

export const secretId = 'smokeball-webhook'
export const apiSecretId = 'smokeball-api'

type Invoke = (event: unknown, context: unknown) => Promise<unknown>

/** Loads a Lambda's module anew, as a cold start does, in the environment that the infrastructure gives it. */
export async function coldStart<H extends Invoke>(
  load: () => Promise<{ handler: unknown }>,
  engines: Pick<
    Engines,
    'queueUrl' | 'deadLetterQueueUrl' | 'delayQueueUrl' | 'sqsConfig' | 'dynamodbConfig' | 'secretsUrl'
  >,
  overrides: Record<string, string> = {},
): Promise<H> {
  const environment = {
    [variables.queueUrl]: engines.queueUrl,
    [variables.deadLetterQueueUrl]: engines.deadLetterQueueUrl,
    [variables.delayQueueUrl]: engines.delayQueueUrl,
    [variables.webhookSecretId]: secretId,
    [variables.apiSecretId]: apiSecretId,
    [variables.toleranceMs]: '300000',
    [variables.tableName]: tableName,
    [variables.maxAttempts]: '3',
    [variables.eventRetentionDays]: '30',
    [variables.ledgerRetentionDays]: '400',
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: engines.sqsConfig.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: engines.sqsConfig.credentials.secretAccessKey,
    AWS_ENDPOINT_URL_SQS: engines.sqsConfig.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: engines.dynamodbConfig.endpoint,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: engines.secretsUrl,
    ...overrides,
  }
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  vi.resetModules()
  return (await load()).handler as H
}

const uncaughtEvents = ['uncaughtException', 'unhandledRejection'] as const
const listeners = uncaughtEvents.map((event) => process.listeners(event as 'uncaughtException'))

/** The consumer takes the place of those that the process has: the test runner's come back. */
export function restoreUncaught(): void {
  for (const [index, event] of uncaughtEvents.entries()) {
    process.removeAllListeners(event)
    for (const listener of listeners[index] ?? []) process.on(event as 'uncaughtException', listener)
  }
}

/** Until the test ends, clients of Lambdas that start wait for a silent service for some 600 ms instead of six seconds. */
export function shortenWaits({ onTestFinished }: Pick<TestContext, 'onTestFinished'>): void {
  const requestHandler = { connectionTimeout: 200, requestTimeout: 200, throwOnRequestTimeout: true }
  vi.doMock('../../shared/runtime/environment.ts', async (original) => ({
    ...(await original<object>()),
    clientDefaults: { maxAttempts: 3, requestHandler },
  }))
  onTestFinished(() => void vi.doUnmock('../../shared/runtime/environment.ts'))
}

/** Lambda's context, with this much time left. */
export function lambdaContext(remainingMs: number) {
  const deadline = Date.now() + remainingMs
  return { getRemainingTimeInMillis: () => deadline - Date.now(), awsRequestId: 'test', functionName: 'test' }
}

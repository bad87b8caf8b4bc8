import { randomBytes } from 'node:crypto'
import type { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { EventTableDeps } from '../../shared/ledger/event-table.ts'
import { keptSecret, readSecret } from '../../shared/runtime/kept-secret.ts'
import { receiverId } from '../../shared/runtime/receiver-id.ts'
import { timeLimitOf } from '../../shared/runtime/time-limit.ts'
import { accountAccess } from '../../shared/smokeball-api/smokeball-access.ts'
import type { CallContext } from '../../shared/smokeball-api/smokeball-api.ts'
import type { KeepDeps } from '../../shared/subscriptions/keep-subscription.ts'
import { ownUrlsIn } from '../../shared/subscriptions/own-urls.ts'
import { patternsIn } from '../../shared/subscriptions/patterns-text.ts'
import { urlProblem } from '../../shared/subscriptions/url-problem.ts'
import { terminal } from '../terminal/terminal.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { clientConfig } from './local-account.ts'
import { type Running, readRunning } from './running-file.ts'
import { type DeployedOutputs, deployedOutputs } from './stack-outputs.ts'

/** A pipeline that a command works on: a deployed stack, or the running `npm start`. The same calls to either. */
export interface Deployment {
  /** The stack's name, or `npm start`. */
  name: string
  isLocal: boolean
  outputs: DeployedOutputs
  dynamodb: DynamoDBClient
  secrets: SecretsManagerClient
  lambda: LambdaClient
  sqs: SQSClient
  /** It is loaded for the few that ask it. Whoever takes the client destroys it. */
  cloudwatch(): Promise<CloudWatchClient>
  destroy(): void
}

/** What an SDK client is made with. */
type ClientConfig = ConstructorParameters<typeof DynamoDBClient>[0]

/** A stack of this project in the account and region of the environment. Throws `UsageError`. */
export async function deployedStack(stackName: string): Promise<Deployment> {
  const outputs = await deployedOutputs(stackName)
  return deployment({ name: stackName, isLocal: false, outputs }, () => ({}))
}

/** The running `npm start`. Throws `UsageError` when there is none. */
export async function localDeployment(): Promise<Deployment> {
  const running = await readRunning()
  if (!running) throw new UsageError('No local run was found. Start one with: npm start')
  return deploymentOf(running)
}

/** The local run of this description. */
export function deploymentOf({ outputs, aws }: Pick<Running, 'outputs' | 'aws'>): Deployment {
  const { endpoints, ...of } = aws
  return deployment({ name: 'npm start', isLocal: true, outputs }, (service) =>
    clientConfig(endpoints[service], of),
  )
}

/** The API, the accounts and the subscriptions of a deployment, as its keeper has them. */
export function keepDepsOf({ name, outputs, dynamodb, secrets }: Deployment): KeepDeps {
  const kept = (secretId: string) =>
    keptSecret({ now: terminal().clock.now, read: (signal) => readSecret(secrets, secretId, signal) })
  return {
    access: accountAccess({
      fetch,
      clock: terminal().clock,
      random: Math.random,
      secureBytes: randomBytes,
      dynamodb,
      tableName: outputs.TableName,
      secret: kept(outputs.ApiSecretId),
    }),
    clock: terminal().clock,
    webhookSecret: { kept: kept(outputs.WebhookSecretId), id: outputs.WebhookSecretId },
    callbackUrl: outputs.CallbackUrl,
    ownUrls: ownUrlsIn(outputs.OwnUrls, {
      clock: terminal().clock,
      problemAt: (url) => urlProblem(fetch, url, receiverId(outputs.EventQueueUrl)),
    }),
    subscriptionName: name,
    patterns: patternsIn(outputs.EventTypes),
  }
}

function deployment(
  of: Pick<Deployment, 'name' | 'isLocal' | 'outputs'>,
  config: (service: keyof Running['aws']['endpoints']) => NonNullable<ClientConfig>,
): Deployment {
  const clients = {
    dynamodb: new DynamoDBClient(config('dynamodb')),
    secrets: new SecretsManagerClient(config('secretsManager')),
    lambda: new LambdaClient(config('lambda')),
    sqs: new SQSClient(config('sqs')),
  }
  return {
    ...of,
    ...clients,
    async cloudwatch() {
      const { CloudWatchClient } = await import('@aws-sdk/client-cloudwatch')
      return new CloudWatchClient(config('cloudwatch'))
    },
    destroy() {
      for (const client of Object.values(clients)) client.destroy()
    },
  }
}

const callsMs = 60_000

/** The limit for calls: a minute from now. Each account gets one of its own, so that one that hangs takes no time from others. */
export function callLimit(): CallContext['limit'] {
  return timeLimitOf(terminal().clock.now(), callsMs, AbortSignal.timeout(callsMs))
}

/** A deployment's event table, to be read. */
export function eventTableOf({ dynamodb, outputs }: Deployment): EventTableDeps {
  return { client: dynamodb, tableName: outputs.TableName }
}

import type { Server } from 'node:http'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import dynalite from 'dynalite'
import { buildApp } from 'fauxqs'
import { queues } from '../topology.ts'
import { letFauxqsTakeAstralCharacters } from './astral-characters.ts'
import { createQueues, createTable } from './create-resources.ts'
import { type DataFolder, takeDataFolder } from './data-folder.ts'
import { close, listen } from './listen.ts'
import { credentials, region, tableName } from './local-account.ts'
import { openCalls } from './open-calls.ts'
import { localSecrets, type Secrets } from './secrets.ts'
import { secretsEndpoint } from './secrets-endpoint.ts'

/** What an SDK client needs to reach an embedded engine. */
export interface ClientConfig {
  endpoint: string
  region: string
  credentials: typeof credentials
}

/** SQS, DynamoDB and Secrets Manager inside this process, on 127.0.0.1, with table and queues made. */
export interface Engines {
  sqsConfig: ClientConfig
  dynamodbConfig: ClientConfig
  secretsUrl: string
  secrets: Secrets
  queueUrl: string
  deadLetterQueueUrl: string
  delayQueueUrl: string
  stop(): Promise<void>
}

/** Starts the engines. `data`: a folder that keeps the table. Throws `UsageError` when that folder cannot be used. */
export async function startEngines(options: {
  data?: string | undefined
  consumerTimeoutMs: number
}): Promise<Engines> {
  const folder = options.data === undefined ? undefined : await takeDataFolder(options.data)
  const dynamodb = dynalite({
    ...(folder && { path: folder.tablePath }),
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
  })
  const tableCalls = openCalls(dynamodb)
  await letFauxqsTakeAstralCharacters()
  const secrets = localSecrets()
  const secretsServer = secretsEndpoint(secrets)
  const queueApp = buildApp({ logger: false, defaultRegion: region })
  letWalksEndAtOnce(queueApp)
  const [queueAddress, dynamodbAddress, secretsUrl] = await Promise.all([
    queueApp.listen({ host: '127.0.0.1', port: 0 }),
    listen(dynamodb),
    listen(secretsServer),
  ])
  const config = (endpoint: string): ClientConfig => ({ endpoint, region, credentials })
  const engines = { sqsConfig: config(queueAddress), dynamodbConfig: config(dynamodbAddress) }
  await makeResources(engines, options.consumerTimeoutMs)
  return {
    ...engines,
    secretsUrl,
    secrets,
    queueUrl: `${queueAddress}/000000000000/${queues.events}`,
    deadLetterQueueUrl: `${queueAddress}/000000000000/${queues.deadLetters}`,
    delayQueueUrl: `${queueAddress}/000000000000/${queues.delayed}`,
    async stop() {
      await tableCalls.answered()
      await stopAll({ close: () => queueApp.close() }, dynamodb, secretsServer, folder)
    },
  }
}

/**
 * SQS asks all of its servers while a poll waits, and only then is known that a queue is empty. Here one server holds all,
 * so that a walk through the dead letters need not wait at its end.
 */
function letWalksEndAtOnce(queueApp: ReturnType<typeof buildApp>): void {
  queueApp.addHook('preHandler', async ({ body }) => {
    const poll = body as { QueueUrl?: string; WaitTimeSeconds?: number } | undefined
    if (poll?.WaitTimeSeconds && poll.QueueUrl?.endsWith(`/${queues.deadLetters}`)) poll.WaitTimeSeconds = 0
  })
}

async function makeResources(
  { sqsConfig, dynamodbConfig }: Pick<Engines, 'sqsConfig' | 'dynamodbConfig'>,
  consumerTimeoutMs: number,
): Promise<void> {
  const sqs = new SQSClient(sqsConfig)
  const dynamodb = new DynamoDBClient(dynamodbConfig)
  await Promise.all([createQueues(sqs, consumerTimeoutMs), createTable(dynamodb, tableName)])
  sqs.destroy()
  dynamodb.destroy()
}

async function stopAll(
  queueApp: { close(): PromiseLike<unknown> },
  dynamodb: Server,
  secretsServer: Server,
  folder: DataFolder | undefined,
): Promise<void> {
  await Promise.all([queueApp.close(), close(dynamodb), close(secretsServer)])
  await folder?.release()
}

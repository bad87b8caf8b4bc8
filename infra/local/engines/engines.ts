import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import dynalite from 'dynalite'
import { buildApp } from 'fauxqs'
import { type GuardRules, guarded } from '../../http/guard.ts'
import { close, listen } from '../../http/listen.ts'
import { type ClientConfig, clientConfig, region, tableName } from '../../operate/local-account.ts'
import { queues } from '../../settings/topology.ts'
import { localSecrets, type Secrets } from '../aws-endpoints/secrets.ts'
import { secretsEndpoint } from '../aws-endpoints/secrets-endpoint.ts'
import { createQueues, createTable } from './create-resources.ts'
import { type DataFolder, takeDataFolder } from './data-folder.ts'
import { keptQueues, letFauxqsTakeAstralCharacters } from './fauxqs.ts'

/** SQS, DynamoDB and Secrets Manager inside this process, on 127.0.0.1, with table and queues made. */
export interface Engines {
  sqsConfig: ClientConfig
  dynamodbConfig: ClientConfig
  secretsUrl: string
  /** The access key id that opens these engines, and no others. */
  accessKeyId: string
  secrets: Secrets
  queueUrl: string
  deadLetterQueueUrl: string
  delayQueueUrl: string
  stop(): Promise<void>
}

/** The services take at most so much in one call. */
const maxBodyBytes = {
  // Messages of 1 MiB in all, in JSON that may write a byte as three.
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
  sqs: 4 * 1024 * 1024,
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
  dynamodb: 16 * 1024 * 1024,
  // A value of 64 KiB, in JSON that may write a byte as six.
  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
  secretsManager: 512 * 1024,
}

interface EngineOptions {
  /** A folder that keeps table, queues and secrets. It may be taken already. `stop` gives it back. */
  data?: string | DataFolder | undefined
  consumerTimeoutMs: number
}

/** Starts the engines. Throws `UsageError` when the data folder cannot be used. */
export async function startEngines({ data, consumerTimeoutMs }: EngineOptions): Promise<Engines> {
  const folder = typeof data === 'string' ? await takeDataFolder(data) : data
  try {
    return await startIn(folder, consumerTimeoutMs)
  } catch (error) {
    await folder?.release()
    throw error
  }
}

async function startIn(folder: DataFolder | undefined, consumerTimeoutMs: number): Promise<Engines> {
  // The secrets come first, since their file may not be readable.
  const secrets = localSecrets(folder?.secrets)
  const kept = folder && (await keptQueues(folder.queuesPath))
  const dynamodb = dynalite({
    ...(folder && { path: folder.tablePath }),
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
  })
  const tableCalls = openCalls(dynamodb)
  await letFauxqsTakeAstralCharacters()
  const secretsServer = secretsEndpoint(secrets)
  const credentials = { accessKeyId: newAccessKeyId(), secretAccessKey: 'local' }
  const queueApp = buildApp({ logger: false, defaultRegion: region, ...(kept && { stores: kept.stores }) })
  letWalksEndAtOnce(queueApp)
  const guard = (service: keyof typeof maxBodyBytes): GuardRules => ({
    maxBodyBytes: maxBodyBytes[service],
    accessKeyId: credentials.accessKeyId,
  })
  guarded(queueApp.server, guard('sqs'))
  const [queueAddress, dynamodbAddress, secretsUrl] = await Promise.all([
    queueApp.listen({ host: '127.0.0.1', port: 0 }),
    listen(guarded(dynamodb, guard('dynamodb'))),
    listen(guarded(secretsServer, guard('secretsManager'))),
  ])
  const config = (endpoint: string) => clientConfig(endpoint, { region, credentials })
  const engines = { sqsConfig: config(queueAddress), dynamodbConfig: config(dynamodbAddress) }
  await makeResources(engines, consumerTimeoutMs)
  return {
    ...engines,
    secretsUrl,
    accessKeyId: credentials.accessKeyId,
    secrets,
    queueUrl: `${queueAddress}/000000000000/${queues.events}`,
    deadLetterQueueUrl: `${queueAddress}/000000000000/${queues.deadLetters}`,
    delayQueueUrl: `${queueAddress}/000000000000/${queues.delayed}`,
    async stop() {
      await tableCalls.answered()
      await Promise.all([queueApp.close(), close(dynamodb), close(secretsServer)])
      kept?.close()
      await folder?.release()
    },
  }
}

/** Makes an id that nobody guesses, and that looks like one of AWS: 16 to 128 letters and digits. */
function newAccessKeyId(): string {
  return `LOCAL${randomBytes(16).toString('hex').toUpperCase()}`
}

/**
 * SQS asks all of its servers while a poll waits, and knows only then that a queue is empty. Here one server holds all messages,
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

/**
 * Watches the calls to dynalite. `answered` waits until they are answered, for up to `longestMs`. Dynalite works on for
 * callers that have gone, and throws where nobody can catch it when its database is closed meanwhile, or when a caller goes in
 * the middle of its request. Errors of such a request are ignored.
 */
export function openCalls(server: Server, longestMs = 1_000): { answered(): Promise<void> } {
  let open = 0
  server.prependListener('request', (request, response) => {
    let isOpen = true
    open += 1
    const done = () => {
      if (isOpen) open -= 1
      isOpen = false
    }
    // A caller that goes before all of its request has come gets no answer.
    request.once('close', () => request.complete || done())
    const end = response.end.bind(response) as (...args: unknown[]) => typeof response
    response.end = (...args: unknown[]) => {
      done()
      return end(...args)
    }
  })
  // This comes after dynalite has begun to listen to the request, since its own listener would throw.
  server.on('request', (request) => void request.removeAllListeners('error').on('error', () => {}))
  return {
    async answered() {
      const untilEpochMs = Date.now() + longestMs
      while (open > 0 && Date.now() < untilEpochMs) await sleep(5)
    },
  }
}

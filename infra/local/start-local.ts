import { rm } from 'node:fs/promises'
import { SQSClient } from '@aws-sdk/client-sqs'
import { patternsText } from '../../shared/subscriptions/patterns-text.ts'
import { bundlesFolder } from '../bundle/bundles-folder.ts'
import type { HandlerInfo } from '../bundle/read-handlers.ts'
import { newToken } from '../http/access-token.ts'
import { checkPort, close, listen } from '../http/listen.ts'
import { tableName } from '../operate/local-account.ts'
import { queueDepth, untilSettled } from '../operate/queue-depth.ts'
import { deliver } from '../operate/send/deliver.ts'
import type { DeployedOutputs } from '../operate/stack-outputs.ts'
import { defaults } from '../settings/settings-schema.ts'
import { delayedConcurrency, route } from '../settings/topology.ts'
import { putSecrets } from './aws-endpoints/put-secrets.ts'
import { startEndpoints } from './aws-endpoints/start-endpoints.ts'
import type { DataFolder } from './engines/data-folder.ts'
import { type Engines, startEngines } from './engines/engines.ts'
import { httpFront } from './http-front.ts'
import { bundleFunction } from './lambda/bundle-functions.ts'
import type { Consumer } from './lambda/bundled-consumer.ts'
import { startPolling } from './lambda/event-source-mapping.ts'
import { bringInWhenPutAside, localKeeper } from './lambda/keeper.ts'
import { apiSecretId, keeperEnvironment, secretId } from './lambda/local-environment.ts'
import { withoutProxyHere } from './lambda/process-environment.ts'
import { queueArn } from './lambda/sqs-event.ts'
import { type StartFunctionsOptions, startFunctions } from './lambda/start-functions.ts'
import { type LineRecord, lineRecord, waitingEvents } from './line-record.ts'
import type { Local, StartLocalOptions } from './local.ts'
import { localConsole } from './local-console.ts'

const processes = 4
const stopGraceMs = 2_000

/**
 * Starts the deployed topology on this machine, on 127.0.0.1 only: HTTP API, receiver, queues, consumer with the
 * handlers, table, and the keeper once it is invoked. Throws `UsageError` for what the caller can mend (port, handlers, data
 * folder), and leaves nothing behind. `folder` is that of `data` where it is taken already; `stop` gives it back.
 */
export async function startLocal(options: StartLocalOptions = {}, folder?: DataFolder): Promise<Local> {
  // Deliveries go to this machine, and no proxy of the shell's reaches it.
  Object.assign(process.env, withoutProxyHere(process.env))
  const cleanUp = new AsyncDisposableStack()
  try {
    return await start(options, folder, cleanUp)
  } catch (error) {
    await cleanUp.disposeAsync()
    throw error
  }
}

async function start(
  options: StartLocalOptions,
  folder: DataFolder | undefined,
  cleanUp: AsyncDisposableStack,
): Promise<Local> {
  const { maxAttempts = 5, consumerTimeoutMs = defaults.consumer.timeout.seconds * 1000 } = options
  const record = lineRecord(options.onLine)
  const waiting = waitingEvents()
  record.subscribe(waiting.see)
  // A port that is in use is told at once, and not after all else has started.
  if (options.port) await checkPort(options.port)
  const outdir = await bundlesFolder()
  cleanUp.defer(() => rm(outdir, { recursive: true, force: true }))
  const engines = await startEngines({ data: folder ?? options.data, consumerTimeoutMs })
  cleanUp.defer(engines.stop)
  const keys = putSecrets(engines.secrets, options)
  // It ends after the functions, so that what they have done is still deleted from the queues.
  const sqs = new SQSClient(engines.sqsConfig)
  cleanUp.defer(() => sqs.destroy())
  const from = { options, engines, outdir, record, maxAttempts, consumerTimeoutMs, processes }
  const { receiver, consumer } = await startFunctions(from, cleanUp, stopGraceMs)
  const { mappings, pending } = await pollQueues(sqs, from, consumer, cleanUp)

  const token = newToken()
  const { consolePage: pageFolder, consoleLooksMs: looksMs } = options
  const webConsole = localConsole({ token, local: () => local, record, pageFolder, looksMs })
  cleanUp.defer(() => webConsole.stop())
  const runId = newToken()
  const front = httpFront(receiver.invoke, runId, webConsole.answer)
  const address = await listen(front, options.port)
  const url = `${address}${route.path}`
  cleanUp.defer(() => close(front))
  const outputs = () => localOutputs(engines, url, consumer.handlers)
  const keeper = localKeeper({
    bundle: () => bundleFunction('keeper', outdir),
    env: () => keeperEnvironment(engines, { callbackUrl: url, eventTypes: outputs().EventTypes }),
    record,
  })
  cleanUp.defer(() => keeper.stop(stopGraceMs))
  cleanUp.defer(bringInWhenPutAside(record, keeper.invoke))
  const functions = { receiver: receiver.invoke, consumer: consumer.invoke, keeper: keeper.invoke }
  const { accessKeyId } = engines
  const { oldestEpochMs } = waiting
  const endpoints = await startEndpoints(
    { lambda: { functions, mappings }, oldestEpochMs, accessKeyId },
    cleanUp,
  )
  cleanUp.defer(record.close)

  const local: Local = {
    url,
    runId,
    consoleUrl: `${address}/console?token=${token}`,
    ...keys,
    get handlers() {
      return consumer.handlers
    },
    get outputs() {
      return outputs()
    },
    keeper: { invoke: keeper.invoke },
    deliver: (body, how) => deliver({ url, ...keys }, body, how),
    tableName,
    queueUrl: engines.queueUrl,
    deadLetterQueueUrl: engines.deadLetterQueueUrl,
    delayQueueUrl: engines.delayQueueUrl,
    ...clientConfigs(engines, endpoints),
    settled: (withinMs = 30_000) => untilSettled(pending, withinMs),
    pending,
    lines: record.lines,
    stop: () => cleanUp.disposeAsync(),
  }
  return local
}

/** Feeds the consumer from its queues. `pending` counts the messages that are queued, delayed or in work. */
async function pollQueues(
  sqs: SQSClient,
  { options, engines, consumerTimeoutMs, record }: StartFunctionsOptions,
  consumer: Consumer,
  cleanUp: AsyncDisposableStack,
) {
  const { queueUrl, delayQueueUrl } = engines
  const { region } = engines.sqsConfig
  const { concurrency = processes } = options
  // In this order, a message that is moved from the one to the other is counted at least once.
  const queued = async () => (await queueDepth(sqs, delayQueueUrl)) + (await queueDepth(sqs, queueUrl))
  if (options.data !== undefined) tellOfEarlier(record, await queued())
  const polled = [
    { queueUrl, concurrency },
    { queueUrl: delayQueueUrl, concurrency: delayedConcurrency },
  ]
  const mappings = polled.map((each) => {
    const mapping = startPolling({ sqs, region, consumerTimeoutMs, consumer, record, ...each })
    cleanUp.defer(mapping.stop)
    return { ...mapping, queueArn: queueArn(region, each.queueUrl) }
  })
  const pending = async () => (await queued()) + mappings.reduce((sum, { inFlight }) => sum + inFlight(), 0)
  return { mappings, pending }
}

/** Returns what SDK clients need to reach the local services. */
function clientConfigs(
  { dynamodbConfig, sqsConfig, secretsUrl }: Engines,
  { lambdaUrl, metricsUrl }: { lambdaUrl: string; metricsUrl: string },
) {
  return {
    dynamodb: dynamodbConfig,
    sqs: sqsConfig,
    secretsManager: { ...sqsConfig, endpoint: secretsUrl },
    lambda: { ...sqsConfig, endpoint: lambdaUrl },
    cloudwatch: { ...sqsConfig, endpoint: metricsUrl },
  }
}

/** Tells of events that an earlier run accepted and did not handle before it was stopped or killed. */
function tellOfEarlier(record: LineRecord, waiting: number): void {
  if (waiting === 0) return
  const what = waiting === 1 ? '1 event of an earlier run is' : `${waiting} events of an earlier run are`
  record.tell(
    'info',
    `${what} handled now. Those that were in work when it ended follow once their time limit is over.`,
  )
}

/** Returns what a deployed stack would tell of itself. */
function localOutputs(
  {
    queueUrl,
    deadLetterQueueUrl,
    delayQueueUrl,
  }: Pick<Engines, 'queueUrl' | 'deadLetterQueueUrl' | 'delayQueueUrl'>,
  callbackUrl: string,
  handlers: readonly HandlerInfo[],
): DeployedOutputs {
  return {
    CallbackUrl: callbackUrl,
    EventTypes: patternsText(handlers),
    TableName: tableName,
    WebhookSecretId: secretId,
    ApiSecretId: apiSecretId,
    EventQueueUrl: queueUrl,
    DeadLetterQueueUrl: deadLetterQueueUrl,
    DelayQueueUrl: delayQueueUrl,
    ReceiverName: 'receiver',
    ConsumerName: 'consumer',
    KeeperName: 'keeper',
  }
}

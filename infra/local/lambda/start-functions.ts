import { fileURLToPath } from 'node:url'
import { checkHandlers } from '../../../shared/handling/handler-registry.ts'
import type { HandlerInfo } from '../../bundle/read-handlers.ts'
import { defaultHandlersEntry } from '../../settings/project-files.ts'
import { defaults } from '../../settings/settings-schema.ts'
import { unlistedTypeWarnings } from '../../smokeball/unlisted-types.ts'
import type { Engines } from '../engines/engines.ts'
import type { LineRecord } from '../line-record.ts'
import type { StartLocalOptions } from '../local.ts'
import { bundleFunction } from './bundle-functions.ts'
import { bundledConsumer, type Consumer } from './bundled-consumer.ts'
import { type LambdaPool, lambdaPool } from './lambda-pool.ts'
import { consumerEnvironment, handlerSecretId, receiverEnvironment } from './local-environment.ts'

export interface StartFunctionsOptions {
  options: StartLocalOptions
  engines: Engines
  outdir: string
  maxAttempts: number
  consumerTimeoutMs: number
  processes: number
  record: LineRecord
}

/** Starts receiver and consumer side by side. What has started is stopped by `cleanUp`. */
export async function startFunctions(
  from: StartFunctionsOptions,
  cleanUp: AsyncDisposableStack,
  stopGraceMs: number,
): Promise<{ receiver: Receiver; consumer: Consumer }> {
  const { options, engines, outdir, processes, record } = from
  const env = receiverEnvironment(engines)
  const timeLimitMs = options.receiverTimeoutMs
  const starting = startReceiver({ outdir, env, timeLimitMs, processes, record })
  const consuming = startConsumer(from)
  // Both are waited for, even when one fails: one that still starts while all is taken down would be left behind.
  for (const started of await Promise.allSettled([starting, consuming])) {
    if (started.status === 'fulfilled') cleanUp.defer(() => started.value.stop(stopGraceMs))
  }
  return { receiver: await starting, consumer: await consuming }
}

export type Receiver = Pick<LambdaPool, 'invoke' | 'stop'>

/** Bundles the receiver and starts it. An invocation that fails is told, since its sender learns nothing of it. */
async function startReceiver(from: {
  outdir: string
  env: Record<string, string>
  timeLimitMs: number | undefined
  processes: number
  record: LineRecord
}): Promise<Receiver> {
  const { outdir, env, timeLimitMs = defaults.receiver.timeoutMs, processes, record } = from
  const bundleFile = await bundleFunction('receiver', outdir)
  const onLog = record.from('receiver')
  const pool = lambdaPool({ name: 'receiver', bundleFile, env, timeLimitMs, onLog }, processes)
  try {
    await pool.warmUp()
  } catch (error) {
    await pool.stop(0)
    throw error
  }
  return {
    async invoke(event) {
      try {
        return await pool.invoke(event)
      } catch (error) {
        record.tell('error', (error as Error).message)
        throw error
      }
    },
    stop: pool.stop,
  }
}

/** Starts the consumer with the handlers that `options` name or hold, and warns of types that are not on Smokeball's list. */
async function startConsumer(from: StartFunctionsOptions): Promise<Consumer> {
  const { options, engines, record } = from
  const { handlers = defaultHandlersEntry, secrets = {} } = options
  for (const [name, value] of Object.entries(secrets)) engines.secrets.set(handlerSecretId(name), value)
  const consumer =
    typeof handlers === 'string' || handlers instanceof URL
      ? await fromFile(from, typeof handlers === 'string' ? handlers : fileURLToPath(handlers))
      : await fromArray(from, handlers)
  warnOfUnlisted(record, consumer.handlers)
  return consumer
}

function fromFile(from: StartFunctionsOptions, handlersEntry: string): Promise<Consumer> {
  const { options, outdir, consumerTimeoutMs, processes, record } = from
  return bundledConsumer({
    handlersEntry,
    nodeModules: options.nodeModules,
    outdir,
    env: environmentOf(from),
    timeLimitMs: consumerTimeoutMs,
    processes,
    onLog: record.from('consumer'),
    onReload: options.watch ? (result) => tellReload(from, result) : undefined,
  })
}

async function fromArray(
  from: StartFunctionsOptions,
  given: NonNullable<StartLocalOptions['handlers']>,
): Promise<Consumer> {
  const handlers = checkHandlers(given)
  // It is loaded for tests alone: npm start runs handlers in processes of their own.
  const { inProcessConsumer } = await import('./in-process-consumer.ts')
  const consumer = inProcessConsumer({
    handlers,
    isOwn: from.options.isOwn,
    backOffMs: from.options.backOffMs,
    env: environmentOf(from),
    engines: from.engines,
    timeLimitMs: from.consumerTimeoutMs,
    bundleFile: from.options.bundleFile,
    onLog: from.record.from('consumer'),
  })
  await consumer.warmUp()
  return { handlers, invoke: consumer.invoke, stop: consumer.stop }
}

function environmentOf({ engines, maxAttempts, options }: StartFunctionsOptions): Record<string, string> {
  const { env: own = {}, secrets = {} } = options
  return consumerEnvironment(engines, { maxAttempts, own, secretNames: Object.keys(secrets) })
}

function tellReload(
  { record, options }: StartFunctionsOptions,
  result: { handlers: readonly HandlerInfo[] } | { problem: Error },
): void {
  if ('problem' in result) {
    record.tell('error', `The previous handlers stay in use. ${result.problem.message}`)
    return
  }
  record.tell(
    'info',
    `Reloaded the handlers: ${result.handlers.map(({ name }) => name).join(', ') || 'none'}`,
  )
  warnOfUnlisted(record, result.handlers)
  options.onReload?.()
}

function warnOfUnlisted(record: LineRecord, handlers: readonly HandlerInfo[]): void {
  for (const warning of unlistedTypeWarnings(handlers)) record.tell('warn', warning)
}

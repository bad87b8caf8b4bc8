import { fileURLToPath } from 'node:url'
import { checkHandlers } from '../../shared/handler-registry.ts'
import { defaultHandlersEntry } from '../bundle.ts'
import type { HandlerInfo } from '../read-handlers.ts'
import { unlistedTypeWarnings } from '../unlisted-types.ts'
import { bundledConsumer, type Consumer } from './bundled-consumer.ts'
import type { Engines } from './engines.ts'
import { functionEnvironment, handlerSecretId } from './function-environment.ts'
import { inProcessConsumer } from './in-process-consumer.ts'
import type { LineRecord } from './line-record.ts'
import type { StartLocalOptions } from './local.ts'

export interface StartConsumerOptions {
  options: StartLocalOptions
  engines: Engines
  outdir: string
  maxAttempts: number
  consumerTimeoutMs: number
  processes: number
  record: LineRecord
}

/** Starts the consumer with the handlers that `options` name or hold, and warns of types that are not on Smokeball's list. */
export async function startConsumer(from: StartConsumerOptions): Promise<Consumer> {
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

function fromFile(from: StartConsumerOptions, handlersEntry: string): Promise<Consumer> {
  const { options, outdir, consumerTimeoutMs, processes, record } = from
  return bundledConsumer({
    handlersEntry,
    nodeModules: options.nodeModules,
    outdir,
    env: environmentOf(from),
    timeLimitMs: consumerTimeoutMs,
    processes,
    onLog: record.from('consumer'),
    onReload: options.watch ? (result) => tellReload(record, result) : undefined,
  })
}

async function fromArray(
  from: StartConsumerOptions,
  given: NonNullable<StartLocalOptions['handlers']>,
): Promise<Consumer> {
  const handlers = checkHandlers(given)
  const consumer = inProcessConsumer({
    handlers,
    env: environmentOf(from),
    engines: from.engines,
    timeLimitMs: from.consumerTimeoutMs,
    onLog: from.record.from('consumer'),
  })
  await consumer.warmUp()
  return { handlers, invoke: consumer.invoke, stop: consumer.stop }
}

function environmentOf({ engines, maxAttempts, options }: StartConsumerOptions): Record<string, string> {
  const { env: own = {}, secrets = {} } = options
  return functionEnvironment(engines, { maxAttempts, own, secretNames: Object.keys(secrets) })
}

function tellReload(
  record: LineRecord,
  result: { handlers: readonly HandlerInfo[] } | { problem: Error },
): void {
  if ('problem' in result) {
    record.tell('error', `The handlers before stay in use. ${result.problem.message}`)
    return
  }
  record.tell(
    'info',
    `Reloaded the handlers: ${result.handlers.map(({ name }) => name).join(', ') || 'none'}`,
  )
  warnOfUnlisted(record, result.handlers)
}

function warnOfUnlisted(record: LineRecord, handlers: readonly HandlerInfo[]): void {
  for (const warning of unlistedTypeWarnings(handlers)) record.tell('warn', warning)
}

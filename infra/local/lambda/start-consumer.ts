import { fileURLToPath } from 'node:url'
import { checkHandlers } from '../../../shared/handling/handler-registry.ts'
import { defaultHandlersEntry } from '../../bundle/bundle.ts'
import type { HandlerInfo } from '../../bundle/read-handlers.ts'
import { unlistedTypeWarnings } from '../../smokeball/unlisted-types.ts'
import type { LineRecord } from '../line-record.ts'
import type { StartLocalOptions } from '../local.ts'
import { bundledConsumer, type Consumer } from './bundled-consumer.ts'
import { functionEnvironment, handlerSecretId } from './function-environment.ts'
import { inProcessConsumer } from './in-process-consumer.ts'
import type { StartFunctionsOptions } from './start-functions.ts'

/** Starts the consumer with the handlers that `options` name or hold, and warns of types that are not on Smokeball's list. */
export async function startConsumer(from: StartFunctionsOptions): Promise<Consumer> {
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
  return functionEnvironment(engines, { maxAttempts, own, secretNames: Object.keys(secrets) })
}

function tellReload(
  { record, options }: StartFunctionsOptions,
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
  options.onReload?.()
}

function warnOfUnlisted(record: LineRecord, handlers: readonly HandlerInfo[]): void {
  for (const warning of unlistedTypeWarnings(handlers)) record.tell('warn', warning)
}

import { randomUUID } from 'node:crypto'
import inspector from 'node:inspector'
import { flushCompileCache } from 'node:module'
import { pathToFileURL } from 'node:url'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { readEnvelope } from '../../../shared/event/envelope.ts'
import { checkHandlers, checkIsOwn, type Handler } from '../../../shared/handling/handler-registry.ts'
import type { HandlerRecord } from '../../../shared/ledger/event-record.ts'
import { readEvent } from '../../../shared/ledger/read-event.ts'
import { resolveFrom } from '../../bundle/resolve-from.ts'
import { credentials } from '../../operate/local-account.ts'
import { eventOfLine, type LocalLine, localLine } from '../../operate/log-lines.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { captureConsole } from '../lambda/capture-console.ts'
import type { Local } from '../local.ts'
import { startLocal } from '../start-local.ts'
import type { LocalJob, LocalMessage, LocalRun, LoggedLine } from './local-job.ts'

/** `run-locally.ts` runs an event in this process. It has the handlers' environment alone, and a debugger if that is wished. */

process.on('disconnect', () => process.exit(1))
delete process.env.NODE_COMPILE_CACHE
process.once('message', (job) => void work(job as LocalJob))

async function work(job: LocalJob): Promise<void> {
  try {
    captureConsole((logged) => tellLine(localLine('consumer', logged, new Date())))
    if (job.inspectPort !== undefined) await waitForDebugger(job.inspectPort)
    const loaded = await load(job)
    const told = { onLine: tellLine, onDelivered: () => void tell({ type: 'delivered' }) }
    const { run, stop } = await runOnce(job, loaded, told)
    await tell({ type: 'over', run })
    // The process is killed at its end, and would not write its compiled code then.
    flushCompileCache()
    await stop()
    await tell({ type: 'stopped' })
  } catch (error) {
    const isTheirs = error instanceof UsageError || !(error instanceof Error)
    await tell({
      type: 'failed',
      problem: isTheirs ? String((error as Error).message ?? error) : `${error.stack}`,
    })
  }
}

/** Waits for the debugger. Until it lets go, this process does nothing, so that the message about it has to leave it before. */
async function waitForDebugger(port: number): Promise<void> {
  inspector.open(port, '127.0.0.1')
  const url = inspector.url()
  if (url === undefined) throw new UsageError(`Port ${port} is in use. Take any free one: --inspect=0`)
  await tell({ type: 'debugger', url })
  inspector.waitForDebugger()
}

async function load({
  bundleFile,
  handlersFile,
  nodeModules,
  handlers: names,
  own,
}: LocalJob): Promise<Loaded> {
  if (nodeModules.length > 0) resolveFrom(handlersFile, bundleFile)
  const module = (await import(pathToFileURL(bundleFile).href)) as { default?: unknown; isOwn?: unknown }
  const handlers = checkHandlers(module.default)
  return {
    handlers: handlers.filter(({ name }) => names.includes(name)),
    isOwn: own ? () => true : checkIsOwn(module.isOwn),
  }
}

function tellLine(line: LocalLine): void {
  const logged = loggedBy(line)
  if (logged) void tell({ type: 'logged', line: logged })
}

/** Returns what a handler said. Its outcome is told at the end, and the pipeline's own lines do not matter here. */
function loggedBy({ source, level, message }: LocalLine): LoggedLine | undefined {
  if (source !== 'consumer') return undefined
  if (typeof message === 'string') return { level, message, handler: undefined, fields: undefined }
  const { message: said, handler, fields } = message
  if (typeof said === 'string' && typeof handler === 'string')
    return { level, handler, message: said, fields }
  const isPipelines = ['event', 'failure', 'retryAfter', 'loop'].some((name) => name in message)
  return isPipelines ? undefined : { level, handler: undefined, message: '', fields: message }
}

function tell(message: LocalMessage): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()))
}

interface Loaded {
  handlers: readonly Handler[]
  isOwn?: ((requestId: string) => unknown) | undefined
}

/**
 * Runs an event once through handlers in this process, by a pipeline of its own with an empty table. It tells that the event
 * was delivered, and each line. Throws `UsageError` when there is no outcome: the process has to be ended then, since what
 * still works in it would fail while it stops.
 */
async function runOnce(
  job: LocalJob,
  { handlers, isOwn }: Loaded,
  told: { onDelivered(): void; onLine(line: LocalLine): void },
): Promise<{ run: LocalRun; stop(): Promise<void> }> {
  const delivered = Promise.withResolvers<void>()
  const recorded = Promise.withResolvers<void>()
  recorded.promise.catch(() => {}) // It may come before it is waited for.
  const local = await startLocal({
    // A breakpoint stops all of this process, so that the answer to the delivery has to be there before.
    handlers: handlers.map((handler) => ({
      ...handler,
      run: (event, context) => delivered.promise.then(() => handler.run(event, context)),
    })),
    ...(isOwn && { isOwn }),
    bundleFile: job.bundleFile,
    secrets: job.secrets,
    maxAttempts: 1,
    consumerTimeoutMs: job.timeLimitMs,
    concurrency: 1,
    onLine(line) {
      told.onLine(line)
      const problem = problemIn(line)
      if (problem !== undefined) recorded.reject(new UsageError(problem))
      else if (eventOfLine(line)) recorded.resolve()
    },
  })
  if (process.env.AWS_ACCESS_KEY_ID === credentials.accessKeyId) leadTo(local)
  await local.deliver(job.text, { requestId: sendable(job.requestId) })
  told.onDelivered()
  delivered.resolve()
  await recorded.promise
  return { run: await outcomeIn(local, job.text), stop: local.stop }
}

/** AWS clients that the handlers make find this pipeline's engines, and open them, as they do in `npm start`. */
function leadTo({ dynamodb, sqs, secretsManager }: Local): void {
  process.env.AWS_ACCESS_KEY_ID = sqs.credentials.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = sqs.credentials.secretAccessKey
  process.env.AWS_ENDPOINT_URL_DYNAMODB = dynamodb.endpoint
  process.env.AWS_ENDPOINT_URL_SQS = sqs.endpoint
  process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER = secretsManager.endpoint
}

/** The table may hold a RequestId that no header can carry, or one that was cut. */
function sendable(requestId: string): string {
  return /^[\x21-\x7e]+$/.test(requestId) ? requestId : randomUUID()
}

/** Returns why no outcome will be recorded, if the line says so. */
function problemIn({ source, level, message }: LocalLine): string | undefined {
  if (typeof message === 'string') return source === 'local' && level === 'error' ? message : undefined
  if (source === 'receiver' && message.delivery !== undefined && message.delivery !== 'accepted')
    return `The local receiver refuses the event (${message.delivery}): ${message.why ?? 'no reason is given'}`
  return source === 'consumer' && message.failure === 'consumer' && message.handler === undefined
    ? String(message.error)
    : undefined
}

async function outcomeIn({ dynamodb, tableName }: Local, text: string): Promise<LocalRun> {
  const client = new DynamoDBClient(dynamodb)
  try {
    const found = await readEvent({ client, tableName }, readEnvelope(text), AbortSignal.timeout(10_000))
    if (!found) throw new UsageError('The run recorded no outcome.')
    const handlers = Object.entries(found.handlers).map(([name, record]) => [name, inOneRun(record)])
    // Nobody looks after dead letters here, so that the event counts as failed.
    const status = found.status === 'dead-lettered' ? 'failed' : found.status
    return { status, handlers: Object.fromEntries(handlers) }
  } finally {
    client.destroy()
  }
}

/** There is one attempt, so that each failure is the last one, and counts as an ordinary one. */
function inOneRun(record: HandlerRecord): HandlerRecord {
  return record.outcome === 'gave-up' ? { ...record, outcome: 'failed' } : record
}

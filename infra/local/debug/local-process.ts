/** The process in which `run-locally.ts` runs an event: with the handlers' environment alone, and a debugger if wished. */
import inspector from 'node:inspector'
import { flushCompileCache } from 'node:module'
import { pathToFileURL } from 'node:url'
import { checkHandlers, checkIsOwn } from '../../../shared/handling/handler-registry.ts'
import { resolveFrom } from '../../bundle/resolve-from.ts'
import { type LocalLine, localLine } from '../../operate/log-lines/local-line.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { captureConsole } from '../lambda/capture-console.ts'
import type { LocalJob, LocalMessage, LoggedLine } from './local-job.ts'
import { type Loaded, runOnce } from './run-once.ts'

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
    // Its end is sudden.
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

/** From here on, nothing is done before the debugger says so: what is to be told has to have left the process. */
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

/** What handlers say. What they come to is told at the end, and how the pipeline gets on does not matter. */
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

import { rm } from 'node:fs/promises'
import type { StoredEvent } from '../../../shared/read-event.ts'
import { bundlesFolder } from '../../local/bundles-folder.ts'
import { type LocalHandlers, localHandlers } from '../pull/local-handlers.ts'
import type { LocalRun, LoggedLine } from '../pull/local-job.ts'
import { debuggerLines, deployedLine, differences, loggedLines } from '../pull/pull-lines.ts'
import { runLocally } from '../pull/run-locally.ts'
import type { SavedFixture } from '../pull/save-fixture.ts'
import { terminal } from '../terminal.ts'
import { handlerLines } from './event-facts.ts'
import { eventJson } from './event-json.ts'
import type { Run } from './on-deployment.ts'

/** How an event is run on this machine. */
export interface RunOptions {
  handlers?: string
  handler?: string
  own?: boolean
  /** A port, or the usual one. */
  inspect?: number | true
}

export type Pulled = StoredEvent & { text: string }

/** Node's, which debuggers look at first. */
export const usualPort = 9229
/** SQS hides a message for 12 hours at most, six times the limit of an invocation. */
const debuggingMs = 2 * 60 * 60_000
const right = ['handled', 'own', 'superseded']

/** Runs an event of a deployment through the handlers here, and tells what they say and come to. Exit code 1 if one fails. */
export async function runPulled(
  run: Run,
  event: Pulled,
  options: RunOptions & { saved: SavedFixture | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { deployment, out } = run
  const { handlers: file, handler: only, own = false, saved } = options
  const outdir = await bundlesFolder()
  // One that is interrupted has not gone well.
  terminal().exitCode = 1
  try {
    const handlers = await localHandlers({ file, outdir }, { type: event.type, only })
    out.say(deployedLine(event, deployment.name))
    for (const line of differences(event, deployment.name, own)) out.say(line)
    out.say(`Running ${handlers.subscribed.map(({ name }) => name).join(', ')} of ${handlers.file}`)
    const ran = await runOn(run, event, options, handlers, signal)
    out.result(resultJson(event, ran, saved), handlerLines({ ...event, handlers: ran.handlers }))
    if (Object.values(ran.handlers).every(({ outcome }) => right.includes(outcome))) terminal().exitCode = 0
  } finally {
    await rm(outdir, { recursive: true, force: true })
  }
}

function runOn(
  { out }: Run,
  { text, delivery }: Pulled,
  { inspect, handler, own = false }: RunOptions,
  { file, subscribed: _, env, ...handlers }: LocalHandlers,
  signal: AbortSignal,
): Promise<LocalRun> {
  const inspectPort = inspect === true ? usualPort : inspect
  const timeLimitMs = inspectPort === undefined ? handlers.timeLimitMs : debuggingMs
  const { requestId } = delivery
  const job = {
    ...handlers,
    ...{ text, requestId, handlersFile: file, handler, own, inspectPort, timeLimitMs },
  }
  const sayAll = (lines: readonly string[]) => lines.forEach(out.say)
  const told = {
    onDebugger: (url: string) => sayAll(debuggerLines(url, file)),
    onLogged: (line: LoggedLine) => sayAll(loggedLines(line)),
  }
  return runLocally({ job, env }, told, signal)
}

/** The event as it is in the deployment, and what it came to here. */
function resultJson(event: Pulled, { status, handlers }: LocalRun, saved: SavedFixture | undefined): object {
  return { ...eventJson(event), here: { status, handlers }, ...savedJson(saved) }
}

/** Where it was saved, and what was kept of it. */
export function savedJson(saved: SavedFixture | undefined): object {
  if (!saved) return {}
  const { file, redacted } = saved
  return {
    saved: file,
    ...(redacted && { kept: { names: redacted.keptNames, values: redacted.kept } }),
  }
}

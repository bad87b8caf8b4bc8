import { rm } from 'node:fs/promises'
import { namesOf, openOf } from '../../../shared/handling/due-handlers.ts'
import type { StoredEvent } from '../../../shared/ledger/read-event.ts'
import { bundlesFolder } from '../../bundle/bundles-folder.ts'
import { type LocalHandlers, localHandlers } from '../../local/debug/local-handlers.ts'
import type { LocalJob, LocalRun, LoggedLine } from '../../local/debug/local-job.ts'
import { runLocally } from '../../local/debug/run-locally.ts'
import { eventJson } from '../../operate/events/event-json.ts'
import type { SavedFixture } from '../../operate/fixtures/save-fixture.ts'
import { terminal } from '../../terminal/terminal.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { handlerLines } from '../terminal/event-facts.ts'
import { debuggerLines, deployedLine, differences, loggedLines } from '../terminal/pull-lines.ts'
import type { Run } from './on-deployment.ts'

/** How an event is run on this machine. */
export interface RunOptions {
  handlers?: string
  /** These alone. */
  handler?: string[]
  /** Those that did not fail, too. */
  all?: boolean
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
  const { handlers: file, handler: only, all = false, own = false, saved } = options
  const outdir = await bundlesFolder()
  // One that is interrupted has not gone well.
  terminal().exitCode = 1
  try {
    const handlers = await localHandlers({ file, outdir }, { type: event.type, only })
    const subscribed = namesOf(handlers.subscribed)
    const meant = only || all ? subscribed : openOf(subscribed, event)
    const left = leftOut(subscribed, meant, event)
    if (meant.length === 0) return tellNothingRan(run, event, saved, left)
    out.say(deployedLine(event, deployment.name))
    for (const line of differences(event, deployment.name, own)) out.say(line)
    out.say(`Running ${meant.join(', ')} of ${handlers.file}`)
    if (left !== '') out.say(`Left out, since what did not fail is not run again: ${left}. All: --all`)
    const ran = await runOn(run, event, options, { ...handlers, handlers: meant }, signal)
    out.result(resultJson(event, ran, saved), handlerLines({ ...event, handlers: ran.handlers }))
    if (Object.values(ran.handlers).every(({ outcome }) => right.includes(outcome))) terminal().exitCode = 0
  } finally {
    await rm(outdir, { recursive: true, force: true })
  }
}

/** What each came to that is not run. */
function leftOut(subscribed: readonly string[], meant: readonly string[], { handlers }: Pulled): string {
  return subscribed
    .filter((name) => !meant.includes(name))
    .map((name) => `${name} ${handlers[name]?.outcome ?? 'was not run'}`)
    .join(', ')
}

/** It is no failure where the event was to be saved. Else throws `UsageError`. */
function tellNothingRan({ out }: Run, event: Pulled, saved: SavedFixture | undefined, left: string): void {
  const why = `Nothing was run, since nothing failed: ${left}. Say which: --handler NAME, or --all`
  if (saved === undefined) throw new UsageError(why)
  terminal().exitCode = 0
  out.say(why)
  out.result({ ...eventJson(event), ...savedJson(saved) })
}

function runOn(
  { out }: Run,
  { text, delivery }: Pulled,
  { inspect, own = false }: RunOptions,
  { file, subscribed: _, env, ...handlers }: LocalHandlers & Pick<LocalJob, 'handlers'>,
  signal: AbortSignal,
): Promise<LocalRun> {
  const inspectPort = inspect === true ? usualPort : inspect
  const timeLimitMs = inspectPort === undefined ? handlers.timeLimitMs : debuggingMs
  const { requestId } = delivery
  const job = {
    ...handlers,
    ...{ text, requestId, handlersFile: file, own, inspectPort, timeLimitMs },
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

import { rm } from 'node:fs/promises'
import { InvalidArgumentError } from 'commander'
import { isFailure } from '../../../../shared/event/outcomes.ts'
import { namesOf, openOf } from '../../../../shared/handling/run-plan.ts'
import { readEvent, type StoredEvent } from '../../../../shared/ledger/read-event.ts'
import { bundlesFolder } from '../../../bundle/bundles-folder.ts'
import { type LocalHandlers, localHandlers } from '../../../local/debug/local-handlers.ts'
import type { LocalJob, LocalRun, LoggedLine } from '../../../local/debug/local-job.ts'
import { runLocally } from '../../../local/debug/run-locally.ts'
import { callLimit, eventTableOf } from '../../../operate/deployment.ts'
import { eventJson } from '../../../operate/events/event-json.ts'
import { whyNoBody } from '../../../operate/events/why-no-body.ts'
import {
  type FixtureOptions,
  type SavedFixture,
  saveFixture,
} from '../../../operate/fixtures/save-fixture.ts'
import { givenPath, terminal } from '../../../terminal/terminal.ts'
import { lineForTerminal } from '../../../terminal/terminal-text.ts'
import { NotUnderstood, UsageError } from '../../../terminal/usage-error.ts'
import { handlerLines } from '../../terminal/event-words.ts'
import { debuggerLines, deployedLine, differences, loggedLines } from '../../terminal/pull-lines.ts'
import { untilInterrupted } from '../../terminal/until-interrupted.ts'
import { reading } from '../command.ts'
import { onDeployment, type Run } from '../on-deployment.ts'
import { readNames } from '../replay/options.ts'
import { givenEvent } from './options.ts'

interface PullOptions extends FixtureOptions, RunOptions {
  run: boolean
}

/** Node's, which debuggers look at first. */
const usualPort = 9229

/** An event of a deployment, on this machine. */
export const eventsPull = reading(
  'pull <reference>',
  'Runs an event through the handlers on this machine that failed, once, with variables and secrets from .env, and shows ' +
    'what each came to. It is only read where it was handled: nothing changes there. Calls of handlers to other services ' +
    'are real.',
  [
    'events pull mhikn8rn-d79d4bee --stack SmokeballWebhooks',
    'events pull mhikn8rn-d79d4bee --handler crm --inspect',
    'events pull mhikn8rn-d79d4bee --redact --no-run',
    'events pull mhikn8rn-d79d4bee --all',
  ],
)
  .option('--handlers <file>', 'handlers file (that of infra/handlers.ts, or functions/handlers/index.ts)')
  .option('--handler <names>', 'runs these handlers, whatever they came to (those that failed)', readNames)
  .option('--all', 'runs every handler that takes such events')
  .option('--own', 'as an event of an API write of your own')
  .option(
    '--inspect [port]',
    `waits for a debugger first, on 127.0.0.1 (${usualPort}; 0: any free port)`,
    readPort,
  )
  .option('--save <file>', 'saves the notification exactly as it was delivered')
  .option(
    '--redact',
    "saves it with nothing but what Smokeball's schemas name, and tells what that is: names of fields, listed words and " +
      'numbers, types of events; also moments in ticks, yes, no, null and 0. Ids, dates, numbers and texts become others ' +
      'of the same form and length, other names key1, key2 (test/handlers/fixtures, unless --save names a file), for testEvent of a test',
  )
  .option('--force', 'overwrites the file')
  .option('--no-run', 'saves it alone')
  .action(
    onDeployment<PullOptions>(async (run, options, reference = '') => {
      if (options.handler && options.all) throw new NotUnderstood('--handler and --all exclude each other.')
      const saves = options.save !== undefined || options.redact === true
      if (!options.run && !saves)
        throw new NotUnderstood('--no-run: say what to save instead: --save <file> or --redact')
      if (options.force && !saves)
        throw new NotUnderstood('--force overwrites what --save or --redact name: add one.')
      const event = await pulledEvent(run, reference)
      const saved = await saveFixture(
        { ...options, save: options.save === undefined ? undefined : givenPath(options.save) },
        event,
      )
      for (const line of saved ? savedLines(saved) : []) run.out.say(line)
      if (options.run)
        return untilInterrupted((signal) => runPulled(run, event, { ...options, saved }, signal))
      run.out.result({ ...eventJson(event), ...savedJson(saved) })
    }),
  )

function savedLines({ file, redacted }: SavedFixture): string[] {
  if (!redacted) return [`Saved as delivered, with all that it says of people (not with --redact): ${file}`]
  const { kept, keptNames } = redacted
  return [
    `Saved without what tells of people: ${file}`,
    `What was kept of it, to be looked at: yes, no, null, 0 and ${keptNames.length} names of fields (${keptNames.join(', ')});`,
    ...kept.map((each) => `  ${lineForTerminal(each)}`),
  ]
}

async function pulledEvent(run: Run, reference: string): Promise<Pulled> {
  const row = await givenEvent(run, reference)
  const event = await readEvent(eventTableOf(run.deployment), row, callLimit().signal)
  if (!event) throw new UsageError(`The event ${row.reference} has expired meanwhile.`)
  const { text } = event
  if (text === undefined)
    throw new UsageError(`The notification of ${row.reference} cannot be run any more: ${whyNoBody(event)}.`)
  return { ...event, text }
}

/** What is no port is the reference, most likely. */
function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError(
    'Give the port with an equals sign, as in --inspect=9229, or --inspect last.',
  )
}

/** How an event is run on this machine. */
export interface RunOptions {
  handlers?: string
  /** The names of the handlers to run. Without it, those that failed are run. */
  handler?: string[]
  /** Handlers that did not fail are run, too. */
  all?: boolean
  own?: boolean
  /** The port of the debugger; `true` is the usual one. */
  inspect?: number | true
}

type Pulled = StoredEvent & { text: string }

/** SQS hides a message for 12 hours at most, six times the limit of an invocation. */
const debuggingMs = 2 * 60 * 60_000

/** Runs an event of a deployment through the handlers here, and tells what they say and come to. Exit code 1 if one fails. */
async function runPulled(
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
    if (Object.values(ran.handlers).every(({ outcome }) => !isFailure(outcome))) terminal().exitCode = 0
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
    text,
    requestId,
    handlersFile: file,
    own,
    inspectPort,
    timeLimitMs,
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
function savedJson(saved: SavedFixture | undefined): object {
  if (!saved) return {}
  const { file, redacted } = saved
  return {
    saved: file,
    ...(redacted && { kept: { names: redacted.keptNames, values: redacted.kept } }),
  }
}

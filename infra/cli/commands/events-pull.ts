import { InvalidArgumentError } from 'commander'
import { readEvent } from '../../../shared/ledger/read-event.ts'
import { callLimit } from '../../operate/call-limit.ts'
import { eventJson } from '../../operate/events/event-json.ts'
import { eventTableOf } from '../../operate/events/event-table.ts'
import { type FixtureOptions, type SavedFixture, saveFixture } from '../../operate/fixtures/save-fixture.ts'
import { NotUnderstood } from '../../terminal/not-understood.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { untilInterrupted } from '../terminal/until-interrupted.ts'
import { command } from './command.ts'
import { givenEvent } from './given-event.ts'
import { onDeployment, type Run } from './on-deployment.ts'
import { readNames } from './replay-options.ts'
import { type Pulled, type RunOptions, runPulled, savedJson, usualPort } from './run-pulled.ts'

interface PullOptions extends FixtureOptions, RunOptions {
  run: boolean
}

/** An event of a deployment, on this machine. */
export const eventsPull = command(
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
      const saved = await saveFixture(options, event)
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
    throw new UsageError(
      `A part of the notification of ${row.reference} has expired: it cannot be run any more.`,
    )
  return { ...event, text }
}

/** What is no port is the reference, most likely. */
function readPort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError(
    'Give the port with an equals sign, as in --inspect=9229, or --inspect last.',
  )
}

import { join } from 'node:path'
import { Option } from 'commander'
import { program } from '../../../shared/runtime/command-line.ts'
import type { FakeSmokeball } from '../../fake-smokeball/fake-smokeball.ts'
import type { TryCommand } from '../../local/connect-firm.ts'
import { readEnvFile } from '../../local/env-file.ts'
import type { Local, StartLocalOptions } from '../../local/local.ts'
import { localSettings, undeployedVariables } from '../../local/local-settings.ts'
import { type Run, startRun } from '../../local/start-run.ts'
import { watchFiles } from '../../local/watch-files.ts'
import type { LocalLine } from '../../operate/log-lines.ts'
import { removeRunning, writeRunning } from '../../operate/running-file.ts'
import { defaultHandlersEntry, projectRoot } from '../../settings/project-files.ts'
import { readSettings } from '../../settings/read-settings.ts'
import {
  givenPath,
  print,
  printError,
  printStyled,
  runOn,
  shortened,
  styled,
  terminal,
} from '../../terminal/terminal.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
import { formatLine } from '../terminal/format-line.ts'
import { command, portOf } from './command.ts'

interface StartOptions {
  port: string
  handlers?: string
  data?: string
  clientId?: string
  key?: string
  fakeSmokeball?: boolean
}

const settingsFile = join(projectRoot, 'infra/handlers.ts')

/** The whole topology on this machine, with a line for each delivery and each event. */
export const start = command(
  'start',
  'Runs the receiver, the queue, the consumer with your handlers and the table on this machine. The variables and secrets ' +
    `that infra/handlers.ts names come from .env. Send samples with: ${program} send matter.updated`,
  ['start', 'start --fake-smokeball', 'start --port 4000 --data .data'],
)
  .option('--port <port>', 'port of the callback URL', '3000')
  .option('--handlers <file>', 'handlers file (functions/handlers/index.ts)')
  .option(
    '--data <folder>',
    'keeps events, queues and keys there, even if it is killed (none: gone at the end)',
  )
  .option('--client-id <id>', 'client id that deliveries are signed with (local-client)')
  .option('--key <key>', 'signing key (a new one each time, or that of --data)')
  .addOption(
    new Option(
      '--fake-smokeball',
      'runs a Smokeball of your own beside it, which signs with its own client id, subscribes there, and prints commands to try',
    ).conflicts('clientId'),
  )
  .action(runHere)

function localOptions({ port, handlers, data, clientId, key }: StartOptions): StartLocalOptions {
  return {
    port: portOf(port),
    ...(handlers !== undefined && { handlers: givenPath(handlers) }),
    ...(data !== undefined && { data: givenPath(data) }),
    ...(clientId !== undefined && { clientId }),
    ...(key !== undefined && { signingKey: key }),
  }
}

/** What `npm start` shows once all is ready. */
function banner(local: Local, options: StartLocalOptions): string {
  const file = String(options.handlers ?? defaultHandlersEntry)
  const names = local.handlers.map(({ name, types }) => lineForTerminal(`${name} (${types.join(', ')})`))
  const rows = [
    ['Callback URL', styled('bold', local.url)],
    ['Console', local.consoleUrl],
    ['Client id', local.clientId],
    ['Signing key', local.signingKey],
    ['Handlers', `${shortened(file)}: ${names.join(', ') || 'none'}`],
    ['Table', options.data === undefined ? 'in memory' : shortened(options.data)],
  ]
  const shown = rows.map(([name = '', value]) => `  ${name.padEnd(14)}${value}`)
  return `\nReady. Send a sample: ${program} send matter.updated · Stop: Ctrl-C\n\n${shown.join('\n')}\n`
}

/** Where the fake Smokeball is, and commands to paste, each below what follows from it. */
function whatToTry({ url, credentials }: FakeSmokeball, commands: readonly TryCommand[]): string {
  const [{ accountId } = { accountId: '' }] = credentials.accounts
  const shown = commands.map(({ what, command }) => `${styled('dim', `# ${what}`)}\n${command}\n`)
  const head = `A fake Smokeball is at ${url}, with the firm ${accountId}. Try, as often as you like:`
  return `\n${head}\n\n${shown.join('\n')}`
}

/** Runs until it is asked to stop, and then lets nothing run on. */
async function runHere(given: StartOptions): Promise<void> {
  const fromFlags = localOptions(given)
  const screen = terminal()
  const envFile = join(screen.cwd, '.env')
  // Before they are read, so that no save is missed.
  const stopWatching = watchFiles([settingsFile, envFile], (file) => runOn(screen, () => tellOfChange(file)))
  const settings = await readSettings('local', settingsFile)
  const env = readEnvFile(envFile)
  const options = { ...localSettings(settings, env), ...fromFlags }
  const asked = stopAsked()
  const early: LocalLine[] = []
  let show = (line: LocalLine): void => {
    early.push(line)
  }
  let note = (): void => {}
  const told = { onLine: (line: LocalLine) => show(line), onReload: () => note() }
  const starting = startRun(
    { ...options, ...told, watch: true },
    given.fakeSmokeball === true,
    settings.fakeRoutes,
  )
  const run = await Promise.race([starting, asked])
  if (!run) return stopWhileStarting(starting)
  const { local } = run
  note = () => runOn(screen, () => writeRunning(local))
  note()
  printStyled(banner(local, options))
  const onlyHere = undeployedVariables(settings, env)
  if (onlyHere) print(`${onlyHere}\n`, 'yellow')
  // Lines come from processes and sockets, which know of no terminal.
  show = (line) => runOn(screen, () => printStyled(formatLine(line)))
  for (const line of early) show(line)
  let isStopping = false
  showWhatToTry(run).catch((error: Error) => {
    // What a stop interrupts is no news.
    if (!isStopping) printError(error.message, 'red')
  })
  await asked
  isStopping = true
  stopWatching()
  note = () => {}
  removeRunning(local)
  await stop(run, options.data !== undefined)
}

/** Connects the fake Smokeball's firm, and shows what can be done there. */
async function showWhatToTry({ local, fake }: Run): Promise<void> {
  if (!fake) return
  const { connectFirm } = await import('../../local/connect-firm.ts')
  printStyled(whatToTry(fake, await connectFirm(local, fake)))
}

/** Ctrl-C, also one while starting. */
function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'unread'])
      terminal().signals.on(signal, () => resolve())
  })
}

/** Waits for the start, so that nothing stays; a second signal does not. */
async function stopWhileStarting(starting: Promise<Run>): Promise<void> {
  void stopAsked().then(() => terminal().exit(1))
  const run = await starting
  await run.stop()
  print('\nStopped.')
}

async function stop(run: Run, isKept: boolean): Promise<void> {
  const left = await run.local.pending()
  await run.stop()
  const events = left === 1 ? 'event was' : 'events were'
  const then = isKept ? 'the next start with this --data handles them' : 'which is gone with it'
  print(left === 0 ? '\nStopped.' : `\nStopped. ${left} ${events} still in the queue, ${then}.`)
}

/** Handlers are reloaded. These two files are read at the start only, so their changes need a restart. */
function tellOfChange(file: string): void {
  const line = `${shortened(file)} has changed: restart npm start to take it up.`
  print(line, 'yellow')
}

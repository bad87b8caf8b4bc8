/** `npm start`: the whole topology on this machine, with a line for each delivery and each event. */
import { join, relative } from 'node:path'
import { styleText } from 'node:util'
import { defaultHandlersEntry, projectRoot } from '../bundle.ts'
import { runCommand } from '../cli/run-command.ts'
import { readSettings } from '../read-settings.ts'
import { readEnvFile } from './env-file.ts'
import { formatLine } from './format-line.ts'
import type { Local, StartLocalOptions } from './local.ts'
import type { LocalLine } from './local-line.ts'
import { localSettings } from './local-settings.ts'
import { removeRunning, writeRunning } from './running-file.ts'
import { startLocal } from './start-local.ts'
import { startOptions, usage } from './start-options.ts'
import { undeployedVariables } from './undeployed-variables.ts'
import { watchFiles } from './watch-files.ts'

const settingsFile = join(projectRoot, 'infra/handlers.ts')
const envFile = '.env'

await runCommand(async () => {
  const given = startOptions(process.argv.slice(2))
  if (!given) {
    console.log(usage)
    return
  }
  // Before they are read, so that no save is missed.
  const stopWatching = watchFiles([settingsFile, envFile], tellOfChange)
  const settings = await readSettings('local', settingsFile)
  const env = readEnvFile(envFile)
  const options = { ...localSettings(settings, env), ...given }
  const asked = stopAsked()
  const early: LocalLine[] = []
  let show = (line: LocalLine): void => {
    early.push(line)
  }
  const starting = startLocal({
    ...options,
    watch: true,
    onLine: (line) => show(line),
  })
  const local = await Promise.race([starting, asked])
  if (!local) return stopWhileStarting(starting)
  const { url, clientId, signingKey, requestIdKey } = local
  writeRunning({ url, clientId, signingKey, requestIdKey, pid: process.pid })
  console.log(banner(local, options))
  const onlyHere = undeployedVariables(settings, env)
  if (onlyHere) console.log(`${styleText('yellow', onlyHere)}\n`)
  show = (line) => console.log(formatLine(line))
  for (const line of early) show(line)
  await asked
  stopWatching()
  removeRunning()
  await stop(local)
})

/** Ctrl-C, also one while starting. */
function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => resolve())
  })
}

/** Waits for the start, so that nothing stays; a second signal does not. */
async function stopWhileStarting(starting: Promise<Local>): Promise<void> {
  void stopAsked().then(() => process.exit(1))
  const local = await starting
  await local.stop()
  console.log('\nStopped.')
}

async function stop(local: Local): Promise<void> {
  const left = await local.pending()
  await local.stop()
  const events = left === 1 ? 'event was' : 'events were'
  console.log(
    left === 0 ? '\nStopped.' : `\nStopped. ${left} ${events} still in the queue, which is gone with it.`,
  )
}

/** Handlers are reloaded; what these two say, processes and queues were made with. */
function tellOfChange(file: string): void {
  const line = `${shortened(file)} has changed: restart npm start to take it up.`
  console.log(styleText('yellow', line))
}

function banner(local: Local, options: StartLocalOptions): string {
  const file = String(options.handlers ?? defaultHandlersEntry)
  const names = local.handlers.map(({ name, types }) => `${name} (${types.join(', ')})`)
  const rows = [
    ['Callback URL', styleText('bold', local.url)],
    ['Client id', local.clientId],
    ['Signing key', local.signingKey],
    ['Handlers', `${shortened(file)}: ${names.join(', ') || 'none'}`],
    ['Table', options.data === undefined ? 'in memory' : shortened(options.data)],
  ]
  const shown = rows.map(([name = '', value]) => `  ${name.padEnd(14)}${value}`)
  return `\nReady. Send a sample: npm run send -- matter.updated · Stop: Ctrl-C\n\n${shown.join('\n')}\n`
}

function shortened(path: string): string {
  const fromHere = relative('', path)
  return fromHere.startsWith('..') ? path : fromHere
}

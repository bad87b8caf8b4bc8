/** `npm start`: the whole topology on this machine, with a line for each delivery and each event. */
import { join } from 'node:path'
import { projectRoot } from '../../../bundle/bundle.ts'
import { connectFirm } from '../../../local/connect-firm.ts'
import { readEnvFile } from '../../../local/env-file.ts'
import { localSettings, undeployedVariables } from '../../../local/local-settings.ts'
import { type Run, startRun } from '../../../local/start-run.ts'
import { watchFiles } from '../../../local/watch-files.ts'
import type { LocalLine } from '../../../operate/log-lines/local-line.ts'
import { removeRunning, writeRunning } from '../../../operate/running-file.ts'
import { readSettings } from '../../../settings/read-settings.ts'
import { runCommand } from '../../../terminal/run-command.ts'
import { print, printError, printStyled, runOn, terminal } from '../../../terminal/terminal.ts'
import { banner, shortened, whatToTry } from './banner.ts'
import { formatLine } from './format-line.ts'
import { startOptions, usage } from './start-options.ts'

const settingsFile = join(projectRoot, 'infra/handlers.ts')

export const main = (): Promise<void> =>
  runCommand(async () => {
    const given = startOptions(terminal().args)
    if (!given) {
      print(usage)
      return
    }
    const screen = terminal()
    const envFile = join(screen.cwd, '.env')
    // Before they are read, so that no save is missed.
    const stopWatching = watchFiles([settingsFile, envFile], (file) =>
      runOn(screen, () => tellOfChange(file)),
    )
    const settings = await readSettings('local', settingsFile)
    const env = readEnvFile(envFile)
    const options = { ...localSettings(settings, env), ...given.local }
    const asked = stopAsked()
    const early: LocalLine[] = []
    let show = (line: LocalLine): void => {
      early.push(line)
    }
    let note = (): void => {}
    const told = { onLine: (line: LocalLine) => show(line), onReload: () => note() }
    const starting = startRun({ ...options, ...told, watch: true }, given.withFake, settings.fakeRoutes)
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
  })

/** Connects the fake Smokeball's firm, and shows what can be done there. */
async function showWhatToTry({ local, fake }: Run): Promise<void> {
  if (fake) printStyled(whatToTry(fake, await connectFirm(local, fake)))
}

/** Ctrl-C, also one while starting. */
function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) terminal().signals.on(signal, () => resolve())
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

/** Handlers are reloaded; what these two say, processes and queues were made with. */
function tellOfChange(file: string): void {
  const line = `${shortened(file)} has changed: restart npm start to take it up.`
  print(line, 'yellow')
}

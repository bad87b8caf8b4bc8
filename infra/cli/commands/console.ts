/** `npm run console`: the console of a deployed stack, on this machine. */
import { once } from 'node:events'
import { systemClock } from '../../../shared/runtime/clock.ts'
import type { LocalParts } from '../../console/server/console-parts.ts'
import { keptHandlers } from '../../console/server/kept-handlers.ts'
import { serveConsole } from '../../console/server/serve-console.ts'
import { newToken } from '../../http/access-token.ts'
import { handlersOf } from '../../operate/handlers-of.ts'
import { readRunning } from '../../operate/running-file.ts'
import { print, printError, terminal } from '../../terminal/terminal.ts'
import { NotUnderstood } from '../../terminal/usage-error.ts'
import { untilInterrupted } from '../terminal/until-interrupted.ts'
import { type GlobalOptions, script } from './command.ts'
import { openDeployment } from './on-deployment.ts'
import { refuseUnclear } from './refuse-unclear.ts'
import { runWebhooks } from './run-webhooks.ts'

const called = 'npm run console'

const consoleCommand = script(
  called,
  'Serves the console of a deployed stack on this machine, for you alone, until Ctrl-C: what comes in as it happens, what ' +
    'became of it, replays, dead letters. Open the URL that it prints. npm start serves its own at /console.',
  ['', '--stage dev', '--stack SmokeballWebhooks --profile ops --port 4100'],
)
  .option('--port <port>', 'port on 127.0.0.1; 0 for any free one (4000, or the next that is free)')
  .action(async (options: GlobalOptions & { port?: string }) => {
    await refuseUnclear('', options, terminal().env, called)
    const port = options.port === undefined ? undefined : portOf(options.port)
    const deployment = await openDeployment(options)
    const token = newToken()
    const read = () => handlersOf(deployment)
    // Those of npm start are at hand, and others after a reload.
    const handlers = deployment.isLocal ? read : keptHandlers(systemClock, read)
    try {
      const served = await serveConsole(
        { deployment, token, handlers, local: deployment.isLocal ? await localParts() : undefined },
        port,
      )
      print(`The console of ${deployment.name}: ${served.url}`)
      printError('Ctrl-C ends it.')
      await untilInterrupted(async (signal) => void (await once(signal, 'abort')))
      await served.stop()
    } finally {
      deployment.destroy()
    }
  })

/** The lines are with `npm start`; what it takes samples with is known. */
async function localParts(): Promise<LocalParts | undefined> {
  const running = await readRunning()
  if (!running) return undefined
  const { url, clientId, signingKey } = running
  return { target: { url, clientId, signingKey }, record: undefined }
}

/** Throws `NotUnderstood`. */
function portOf(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new NotUnderstood(`--port ${text} is not a port: give a number from 0 (any free one) to 65535.`)
}

export const main = (): Promise<void> => runWebhooks(consoleCommand, terminal().args, called)

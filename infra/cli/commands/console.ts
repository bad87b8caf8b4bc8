import { once } from 'node:events'
import type { Command } from 'commander'
import { systemClock } from '../../../shared/runtime/clock.ts'
import type { LocalParts } from '../../console/server/console-deps.ts'
import { keptHandlers } from '../../console/server/kept-handlers.ts'
import { serveConsole } from '../../console/server/serve-console.ts'
import { newToken } from '../../http/access-token.ts'
import { handlersOf } from '../../operate/handlers-of.ts'
import { readRunning } from '../../operate/running-file.ts'
import { print, printError } from '../../terminal/terminal.ts'
import { untilInterrupted } from '../terminal/until-interrupted.ts'
import { command, type GlobalOptions, portOf, withDeployment } from './command.ts'
import { openDeployment, whichDeployment } from './on-deployment.ts'

/** The console of a deployment, on this machine. */
export const consoleCommand = withDeployment(
  command(
    'console',
    'Serves the console of a deployed stack on this machine, for you alone, until Ctrl-C: what comes in as it happens, what ' +
      'became of it, replays, dead letters. Open the URL that it prints. npm start serves its own at /console.',
    ['console', 'console --stage dev', 'console --stack SmokeballWebhooks --profile ops --port 4100'],
  ),
)
  .option('--port <port>', 'port on 127.0.0.1; 0 for any free one (4000, or the next that is free)')
  .action(async (given: GlobalOptions & { port?: string }, made: Command) => {
    const options = { ...given, ...(await whichDeployment(made)) }
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

/** `npm run console`: the console of a deployed stack, on this machine. */
import { once } from 'node:events'
import { systemClock } from '../../shared/clock.ts'
import type { LocalParts } from '../console/console-parts.ts'
import { keptHandlers } from '../console/kept-handlers.ts'
import { newToken } from '../console/new-token.ts'
import { serveConsole } from '../console/serve-console.ts'
import { readRunning } from '../local/running-file.ts'
import { handlersOf } from './handlers-of.ts'
import { print, printError, terminal } from './terminal.ts'
import { type GlobalOptions, script } from './webhooks/command.ts'
import { NotUnderstood } from './webhooks/not-understood.ts'
import { openDeployment } from './webhooks/on-deployment.ts'
import { refuseUnclear } from './webhooks/refuse-unclear.ts'
import { runWebhooks } from './webhooks/run-webhooks.ts'
import { untilInterrupted } from './webhooks/until-interrupted.ts'

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

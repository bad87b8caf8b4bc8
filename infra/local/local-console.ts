import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ConsoleListener } from '../console/server/console-listener.ts'
import { awsOf } from '../operate/running-file.ts'
import type { LineRecord } from './line-record.ts'
import type { Local, StartLocalOptions } from './local.ts'

interface LocalConsole {
  /** Where the console cannot be loaded, the answer says so, and the next request tries again. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>
  stop(): void
}

interface Options {
  /** It lets a browser in. */
  token: string
  local(): Local
  record: LineRecord
  pageFolder: string | undefined
  looksMs?: StartLocalOptions['consoleLooksMs'] | undefined
}

const notLoaded = 'The console could not be loaded. The terminal of npm start shows why; try it again.\n'

/** The console of the local run. It is loaded for the first request, so that a start does not wait for it. */
export function localConsole(options: Options): LocalConsole {
  const { record } = options
  let loading: Promise<ConsoleListener> | undefined
  let stop = () => {}

  async function loaded(): Promise<ConsoleListener | undefined> {
    loading ??= load(options)
    const thisLoad = loading
    try {
      const listener = await thisLoad
      stop = listener.stop
      return listener
    } catch (error) {
      // Several requests may wait for the same load: its failure is told once.
      if (loading === thisLoad) {
        loading = undefined
        record.tell('error', `The console could not be loaded. ${(error as Error).stack}`)
      }
      return undefined
    }
  }

  return {
    async answer(request, response) {
      const found = await loaded()
      if (found) await found.listener(request, response)
      else response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(notLoaded)
    },
    stop: () => stop(),
  }
}

async function load(options: Options): Promise<ConsoleListener> {
  const [{ consoleListener }, { deploymentOf }] = await Promise.all([
    import('../console/server/console-listener.ts'),
    import('../operate/deployment.ts'),
  ])
  const { token, record, pageFolder, looksMs } = options
  const local = options.local()
  const { url, clientId, signingKey, outputs } = local
  const deployment = deploymentOf({ outputs, aws: awsOf(local) })
  const { listener, stop } = consoleListener({
    deployment,
    token,
    pageFolder,
    looksMs,
    // A reload replaces them.
    handlers: async () => local.handlers,
    local: { target: { url, clientId, signingKey }, record },
  })
  return {
    listener,
    stop() {
      stop()
      deployment.destroy()
    },
  }
}

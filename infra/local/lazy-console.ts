import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ConsoleListener } from '../console/server/console-listener.ts'
import type { LineRecord } from './line-record.ts'
import type { Local, StartLocalOptions } from './local.ts'

export interface LazyConsole {
  /** Where the console cannot be loaded, this is told, and the next one that asks tries it again. */
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>
  stop(): void
}

const notLoaded = 'The console could not be loaded. The terminal of npm start shows why; try it again.\n'

/** The console of the local run, which is loaded when it is first asked for: who does not look does not wait for it. */
export function lazyConsole(of: {
  token: string
  local(): Local
  record: LineRecord
  pageFolder: string | undefined
  looksMs?: StartLocalOptions['consoleLooksMs'] | undefined
}): LazyConsole {
  let loading: Promise<ConsoleListener> | undefined
  let stop = () => {}

  async function load(): Promise<ConsoleListener> {
    const { localConsole } = await import('./local-console.ts')
    const loaded = localConsole({ ...of, local: of.local() })
    stop = loaded.stop
    return loaded
  }

  async function loaded(): Promise<ConsoleListener | undefined> {
    loading ??= load()
    const ours = loading
    try {
      return await ours
    } catch (error) {
      // Those that waited for the same load hear it once.
      if (loading === ours) {
        loading = undefined
        of.record.tell('error', `The console could not be loaded. ${(error as Error).stack}`)
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

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ConsoleListener } from '../console/console-listener.ts'
import type { LineRecord } from './line-record.ts'
import type { Local } from './local.ts'

export interface LazyConsole {
  answer(request: IncomingMessage, response: ServerResponse): Promise<void>
  stop(): void
}

/** The console of the local run, which is loaded when it is first asked for: who does not look does not wait for it. */
export function lazyConsole(of: {
  token: string
  local(): Local
  record: LineRecord
  pageFolder: string | undefined
}): LazyConsole {
  let loading: Promise<ConsoleListener> | undefined
  let stop = () => {}

  async function load(): Promise<ConsoleListener> {
    const { localConsole } = await import('../console/local-console.ts')
    const loaded = localConsole({ ...of, local: of.local() })
    stop = loaded.stop
    return loaded
  }

  return {
    async answer(request, response) {
      loading ??= load()
      const { listener } = await loading
      await listener(request, response)
    },
    stop: () => stop(),
  }
}

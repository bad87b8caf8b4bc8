import { createServer, type Server } from 'node:http'
import { guarded } from '../../http/guard.ts'
import { close, listen } from '../../http/listen.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { maxBodyBytes } from './console-app.ts'
import { type ConsoleOptions, consoleListener } from './console-listener.ts'

/** A console that is served by itself. */
interface ServedConsole {
  /** It holds the token that lets in. */
  url: string
  stop(): Promise<void>
}

const command = 'console'
const usualPort = 4000
const portsTried = 20

/** Serves the console on 127.0.0.1. `port`: that one, or none; undefined: 4000, or the next one that is free. */
export async function serveConsole(
  options: ConsoleOptions,
  port: number | undefined,
): Promise<ServedConsole> {
  const { listener, stop } = consoleListener(options)
  const server = createServer((request, response) => {
    listener(request, response).catch(() => response.destroy())
  })
  guarded(server, { maxBodyBytes, hasPage: true })
  const address = port === undefined ? await listenNear(server) : await listen(server, port, command)
  return {
    url: `${address}/console?token=${options.token}`,
    async stop() {
      await close(server)
      stop()
    },
  }
}

async function listenNear(server: Server): Promise<string> {
  for (let tried = 0; tried < portsTried; tried++) {
    try {
      return await listen(server, usualPort + tried, command)
    } catch (error) {
      // This port is taken, and the next one may be free.
      if (!(error instanceof UsageError)) throw error
    }
  }
  return listen(server, 0, command)
}

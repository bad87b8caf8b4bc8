import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { consoleApp } from './console-app.ts'
import { type ConsoleOptions, consoleDepsOf } from './console-deps.ts'

/** The console, to be put behind an HTTP server of this machine. */
export interface ConsoleListener {
  listener(request: IncomingMessage, response: ServerResponse): Promise<void>
  /** Ends what it does for those that are connected. */
  stop(): void
}

export function consoleListener(options: ConsoleOptions): ConsoleListener {
  const parts = consoleDepsOf(options)
  // The `Request` and `Response` of a process that others share stay Node's own.
  const listener = getRequestListener(consoleApp(parts).fetch, { overrideGlobalObjects: false })
  return { listener, stop: parts.live.stop }
}

import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'

/** The environment that the console's routes run in. */
export interface ConsoleEnv {
  Bindings: HttpBindings
}

/** The port that the request came in by. */
export function portOf(c: Context<ConsoleEnv>): number {
  return c.env.incoming.socket.localPort ?? 0
}

/** How this machine's browsers call the console: `127.0.0.1:3000`, `localhost:3000`. */
export function ownHosts(c: Context<ConsoleEnv>): string[] {
  return ['127.0.0.1', 'localhost'].map((name) => new URL(`http://${name}:${portOf(c)}`).host)
}

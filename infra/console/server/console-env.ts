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

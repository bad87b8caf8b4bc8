import type { StartLocalOptions } from '../../../local/local.ts'
import { givenPath } from '../../../terminal/given-path.ts'
import { NotUnderstood } from '../../../terminal/not-understood.ts'
import { parseFlags } from '../send/parse-flags.ts'

export const usage = `npm start -- [options]

Runs the receiver, the queue, the consumer with your handlers and the table on this machine.

  --port PORT        port of the callback URL (3000)
  --handlers FILE    handlers file (functions/handlers/index.ts)
  --data DIR         folder that keeps events, queues and keys, even if it is killed (none: gone at the end)
  --client-id ID     client id that deliveries are signed with (local-client)
  --key KEY          signing key (a new one each time, or that of --data)
  --fake-smokeball   runs a Smokeball of your own beside it, subscribes there, and prints commands to try
  --help             this text

The variables and secrets that infra/handlers.ts names come from .env. Send samples with: npm run send -- matter.updated`

const flags = {
  port: { type: 'string', looksLike: /^\d+$/ },
  handlers: { type: 'string', looksLike: /\.[cm]?[jt]s$|\// },
  data: { type: 'string' },
  'client-id': { type: 'string' },
  key: { type: 'string' },
  'fake-smokeball': { type: 'boolean' },
  help: { type: 'boolean' },
} as const

export interface StartOptions {
  local: StartLocalOptions
  /** Whether a Smokeball of one's own runs beside it. */
  withFake: boolean
}

/** Reads the command line of `npm start`; undefined when it asks for help. Throws `NotUnderstood`. */
export function startOptions(args: readonly string[]): StartOptions | undefined {
  const { values, positionals } = parseFlags('npm start', flags, args)
  if (values.help) return undefined
  if (positionals.length > 0)
    throw new NotUnderstood(`Unknown argument ${positionals[0]}. See npm start -- --help`)
  const text = (name: keyof typeof flags) => values[name] as string | undefined
  const handlers = text('handlers')
  const data = text('data')
  const clientId = text('client-id')
  const signingKey = text('key')
  const withFake = values['fake-smokeball'] === true
  if (withFake && clientId !== undefined)
    throw new NotUnderstood(
      '--fake-smokeball signs deliveries with the client id of its own client: leave out --client-id.',
    )
  const local = {
    port: portOf(text('port') ?? '3000'),
    ...(handlers !== undefined && { handlers: givenPath(handlers) }),
    ...(data !== undefined && { data: givenPath(data) }),
    ...(clientId !== undefined && { clientId }),
    ...(signingKey !== undefined && { signingKey }),
  }
  return { local, withFake }
}

function portOf(text: string): number {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65_535) return port
  throw new NotUnderstood(`--port ${text} is not a port: give a number from 0 (any free one) to 65535.`)
}

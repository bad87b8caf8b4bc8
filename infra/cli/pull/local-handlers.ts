import { join } from 'node:path'
import { is } from '../../../shared/handler-registry.ts'
import { defaultHandlersEntry, projectRoot } from '../../bundle.ts'
import { readEnvFile } from '../../local/env-file.ts'
import { credentials } from '../../local/local-account.ts'
import { localSettings } from '../../local/local-settings.ts'
import { processEnvironment } from '../../local/process-environment.ts'
import { type HandlerInfo, readHandlers } from '../../read-handlers.ts'
import { readSettings } from '../../read-settings.ts'
import { timeouts } from '../../topology.ts'
import { UsageError } from '../../usage-error.ts'
import { givenPath } from '../given-path.ts'
import { lineForTerminal } from '../webhooks/terminal-text.ts'
import { bundleToDebug } from './bundle-to-debug.ts'

/** The handlers of this machine, as `npm start` would run them, ready to be imported. */
export interface LocalHandlers {
  file: string
  bundleFile: string
  /** Those that the event is for. */
  subscribed: readonly HandlerInfo[]
  nodeModules: readonly string[]
  env: Record<string, string>
  secrets: Record<string, string>
  timeLimitMs: number
}

/**
 * Reads a handlers file with what `infra/handlers.ts` and `.env` say, and makes its bundle in `outdir`. Throws `UsageError`
 * when one of these cannot be used, or no handler (or not the one of the name `only`) subscribes to `type`.
 */
export async function localHandlers(
  given: { file: string | undefined; outdir: string },
  { type, only }: { type: string; only: string | undefined },
): Promise<LocalHandlers> {
  const settings = await readSettings('local')
  const chosen = localSettings(settings, readEnvFile(join(projectRoot, '.env')))
  const { env = {}, secrets = {}, nodeModules = [], consumerTimeoutMs = timeouts.consumerMs } = chosen
  const file =
    given.file === undefined ? String(chosen.handlers ?? defaultHandlersEntry) : givenPath(given.file)
  const { outdir } = given
  const all = await readHandlers(file, { outdir, env: processEnvironment(env, credentials), nodeModules })
  const subscribed = chosenOf(all, { type, only, file })
  const bundleFile = await bundleToDebug(file, join(outdir, 'pulled', 'index.mjs'), nodeModules)
  return { file, bundleFile, subscribed, nodeModules, env, secrets, timeLimitMs: consumerTimeoutMs }
}

function chosenOf(
  all: readonly HandlerInfo[],
  { type, only, file }: { type: string; only: string | undefined; file: string },
): HandlerInfo[] {
  const named = only === undefined ? all : all.filter(({ name }) => name === only)
  const there = all.map(({ name, types }) => `${name} (${types.join(', ')})`).join(', ') || 'none'
  if (only !== undefined && named.length === 0)
    throw new UsageError(`${file} has no handler '${only}'. There are: ${there}.`)
  const subscribed = named.filter(({ types }) => types.some((pattern) => is({ type }, pattern)))
  if (subscribed.length > 0) return subscribed
  const who = only === undefined ? `No handler of ${file}` : `The handler '${only}' of ${file}`
  const not = only === undefined ? 'subscribes' : 'does not subscribe'
  throw new UsageError(`${who} ${not} to ${lineForTerminal(type)}. There are: ${there}.`)
}

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Message, type Plugin } from 'esbuild'
import { is } from '../../../shared/handling/event.ts'
import { handlersBundleOptions } from '../../bundle/bundle.ts'
import { cannotBundle } from '../../bundle/cannot-bundle.ts'
import { type HandlerInfo, readHandlers } from '../../bundle/read-handlers.ts'
import { credentials } from '../../operate/local-account.ts'
import { defaultHandlersEntry, projectRoot } from '../../settings/project-files.ts'
import { readSettings } from '../../settings/read-settings.ts'
import { defaults } from '../../settings/settings-schema.ts'
import { givenPath } from '../../terminal/terminal.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { readEnvFile } from '../env-file.ts'
import { processEnvironment } from '../lambda/process-environment.ts'
import { localSettings } from '../local-settings.ts'

/** The handlers of this machine, as `npm start` would run them, ready to be imported. */
export interface LocalHandlers {
  file: string
  bundleFile: string
  /** The handlers that the event is for. */
  subscribed: readonly HandlerInfo[]
  nodeModules: readonly string[]
  env: Record<string, string>
  secrets: Record<string, string>
  timeLimitMs: number
}

/**
 * Reads a handlers file with what `infra/handlers.ts` and `.env` say, and makes its bundle in `outdir`. Throws `UsageError`
 * when one of these cannot be used, or no handler (or not each of those that `only` names) subscribes to `type`.
 */
export async function localHandlers(
  given: { file: string | undefined; outdir: string },
  { type, only }: { type: string; only: readonly string[] | undefined },
): Promise<LocalHandlers> {
  const settings = await readSettings('local')
  const chosen = localSettings(settings, readEnvFile(join(projectRoot, '.env')))
  const {
    env = {},
    secrets = {},
    nodeModules = [],
    consumerTimeoutMs = defaults.consumer.timeout.seconds * 1000,
  } = chosen
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
  { type, only, file }: { type: string; only: readonly string[] | undefined; file: string },
): HandlerInfo[] {
  const there = all.map(({ name, types }) => `${name} (${types.join(', ')})`).join(', ') || 'none'
  const unknown = only?.find((each) => all.every(({ name }) => name !== each))
  if (unknown !== undefined) throw new UsageError(`${file} has no handler '${unknown}'. There are: ${there}.`)
  const subscribed = all.filter(({ types }) => types.some((pattern) => is({ type }, pattern)))
  const isThere = (each: string) => subscribed.some(({ name }) => name === each)
  const other = only?.find((each) => !isThere(each))
  if (other === undefined && subscribed.length > 0)
    return only ? subscribed.filter(({ name }) => only.includes(name)) : subscribed
  const who = other === undefined ? `No handler of ${file}` : `The handler '${other}' of ${file}`
  const not = other === undefined ? 'subscribes' : 'does not subscribe'
  throw new UsageError(`${who} ${not} to ${lineForTerminal(type)}. There are: ${there}.`)
}

/**
 * The project's registry stays outside the bundle, so that there is one in the process and handlers know its errors by their
 * class.
 */
const sameRegistry: Plugin = {
  name: 'same-registry',
  setup(build) {
    const path = pathToFileURL(join(projectRoot, 'shared/webhooks.ts')).href
    build.onResolve({ filter: /^#webhooks$/ }, () => ({ path, external: true }))
  },
}

/**
 * Bundles a handlers file as it is deployed, but for what a debugger needs: names as they are written, and a source map
 * within it. The map beside it is for stacks. Throws `UsageError` with esbuild's messages.
 */
export async function bundleToDebug(
  handlersFile: string,
  outfile: string,
  nodeModules: readonly string[],
): Promise<string> {
  const options = handlersBundleOptions(handlersFile, { outfile, nodeModules })
  await build({
    ...options,
    minify: false,
    sourcemap: 'both',
    sourcesContent: true,
    plugins: [sameRegistry, ...(options.plugins ?? [])],
  }).catch((error: { errors?: Message[] }) => {
    throw cannotBundle(handlersFile, error.errors ?? [])
  })
  return outfile
}

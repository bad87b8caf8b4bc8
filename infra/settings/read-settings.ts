import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UsageError } from '../terminal/usage-error.ts'
import { projectRoot } from './project-files.ts'
import { isObject, settingProblems } from './setting-kinds.ts'
import type { HandlerSettings } from './settings.ts'
import { handlerSettings } from './settings-schema.ts'

/**
 * The settings that `infra/handlers.ts` exports for a stage. Throws `UsageError`, with file and line, when it cannot be
 * loaded, and with the fix when it exports something else.
 */
export async function readSettings(
  stage: string,
  file = join(projectRoot, 'infra/handlers.ts'),
): Promise<HandlerSettings> {
  const settings = await load(stage, file).catch((error: unknown) => {
    throw asUsageError(error, file)
  })
  const problems = settingProblems(handlerSettings, settings)
  if (problems.length === 0) return settings
  throw new UsageError(`${file}:\n${problems.map((problem) => `- ${problem}`).join('\n')}`)
}

/**
 * The function `extend` that `infra/handlers.ts` exports by this name, if it does: `Extend` of infra/smokeball-webhooks.ts says
 * what it is called with. Throws `UsageError` as `readSettings` does.
 */
export async function readExtend(
  file = join(projectRoot, 'infra/handlers.ts'),
): Promise<((...given: never[]) => unknown) | undefined> {
  const { extend } = await importModule<{ extend?: unknown }>(file).catch((error: unknown) => {
    throw asUsageError(error, file)
  })
  if (extend === undefined) return undefined
  if (typeof extend === 'function') return extend as (...given: never[]) => unknown
  throw new UsageError(
    `${file}: export \`extend\` as a function: export const extend: Extend = (stack, smokeball) => { … }`,
  )
}

async function load(stage: string, file: string): Promise<HandlerSettings> {
  const { default: exported } = await importModule<{ default?: unknown }>(file)
  const settings: unknown = typeof exported === 'function' ? exported(stage) : exported
  if (settings instanceof Promise) {
    settings.catch(() => {}) // Else Node would end at its rejection, and tell of it alone.
    throw new UsageError(
      'infra/handlers.ts: default-export settings, not a promise of them: a function without `async`, and `await` above it.',
    )
  }
  if (isObject(settings)) return settings
  throw new UsageError(
    'infra/handlers.ts: default-export an object of settings, or a function of the stage that returns one.',
  )
}

function importModule<Module>(file: string): Promise<Module> {
  return import(pathToFileURL(file).href) as Promise<Module>
}

function asUsageError(error: unknown, file: string): UsageError {
  if (error instanceof UsageError) return error
  if (!(error instanceof Error)) return new UsageError(`${file} threw ${String(error)}`)
  const what = `${placeOf(error.stack ?? '', file)}: ${error.name}: ${error.message}`
  return new UsageError(what, { cause: error })
}

/** The stack of what does not parse begins with file and line; else the line is that of its first frame in the file. */
function placeOf(stack: string, file: string): string {
  const unparsed = /^(?:file:\/\/)?(\/.*:\d+)\n/.exec(stack)?.[1]
  if (unparsed) return unparsed
  const [rest] = [pathToFileURL(file).href, file].flatMap((path) => stack.split(`${path}:`).slice(1, 2))
  return rest === undefined ? file : `${file}:${Number.parseInt(rest, 10)}`
}

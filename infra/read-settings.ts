import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { projectRoot } from './bundle.ts'
import { type HandlerSettings, settingsFor } from './settings.ts'
import { didYouMean } from './unlisted-types.ts'
import { UsageError } from './usage-error.ts'

/**
 * The settings that `infra/handlers.ts` exports for a stage. Throws `UsageError`, with file and line, when it cannot be
 * loaded, and with the fix when it exports something else.
 */
export async function readSettings(
  stage: string,
  file = join(projectRoot, 'infra/handlers.ts'),
): Promise<HandlerSettings> {
  const settings = await load(stage, file).catch((error: unknown) => {
    throw new UsageError(whatHappened(error, file), { cause: error })
  })
  const problems = problemsOf(settings)
  if (problems.length === 0) return settings
  throw new UsageError(`${file}:\n${problems.map((problem) => `- ${problem}`).join('\n')}`)
}

async function load(stage: string, file: string): Promise<HandlerSettings> {
  const exported = (await import(pathToFileURL(file).href)) as { default?: unknown }
  return settingsFor(stage, exported.default)
}

function whatHappened(error: unknown, file: string): string {
  if (!(error instanceof Error)) return `${file} threw ${String(error)}`
  if (error instanceof RangeError && error.message.startsWith('infra/handlers.ts:')) return error.message
  return `${placeOf(error.stack ?? '', file)}: ${error.name}: ${error.message}`
}

/** Of what does not parse, the stack begins with file and line; else the line is that of its first frame in the file. */
function placeOf(stack: string, file: string): string {
  const unparsed = /^(?:file:\/\/)?(\/.*:\d+)\n/.exec(stack)?.[1]
  if (unparsed) return unparsed
  const [rest] = [pathToFileURL(file).href, file].flatMap((path) => stack.split(`${path}:`).slice(1, 2))
  return rest === undefined ? file : `${file}:${Number.parseInt(rest, 10)}`
}

type Check = readonly [isRight: (value: unknown) => boolean, wanted: string]

const isText = (value: unknown): boolean => typeof value === 'string'
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isTexts = (value: unknown): boolean => isObject(value) && Object.values(value).every(isText)
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isCount = (value: unknown): boolean => typeof value === 'number' && value > 0

const checks: Record<keyof HandlerSettings, Check> = {
  environment: [isTexts, "texts by name: { CRM_URL: 'https://crm.example' }"],
  secrets: [isTexts, "ids of secrets by name: { CRM_API_KEY: 'crm/api-key' }"],
  grants: [isFunction, 'a function of the consumer'],
  vpc: [isFunction, 'a function of the stack'],
  timeout: [(value) => isObject(value) && 'seconds' in value && isCount(value.seconds), '{ seconds: 60 }'],
  memoryMb: [isCount, 'a number of megabytes'],
  nodeModules: [(value) => Array.isArray(value) && value.every(isText), "names of packages: ['sharp']"],
  handlersEntry: [isText, 'a path from the root of the project'],
  stack: [isObject, 'an object'],
}

function problemsOf(settings: HandlerSettings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    const check = Object.hasOwn(checks, name) ? checks[name as keyof HandlerSettings] : undefined
    if (!check) return [`There is no setting \`${name}\`.${didYouMean(name, Object.keys(checks))}`]
    return value === undefined || check[0](value) ? [] : [`\`${name}\` is to be ${check[1]}.`]
  })
}

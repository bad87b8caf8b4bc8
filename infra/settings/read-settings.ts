import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { didYouMean } from '../smokeball/unlisted-types.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { projectRoot } from './project-files.ts'
import { type HandlerSettings, routePattern, type StackSettings } from './settings.ts'

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
  const problems = problemsOf(settings, checks)
  if (problems.length === 0) return settings
  throw new UsageError(`${file}:\n${problems.map((problem) => `- ${problem}`).join('\n')}`)
}

async function load(stage: string, file: string): Promise<HandlerSettings> {
  const { default: exported } = (await import(pathToFileURL(file).href)) as { default?: unknown }
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

type Check = readonly [isRight: (value: unknown) => boolean, wanted: string]

const isText = (value: unknown): boolean => typeof value === 'string'
const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isTexts = (value: unknown): boolean => isObject(value) && Object.values(value).every(isText)
const isFunction = (value: unknown): boolean => typeof value === 'function'
const isRoutes = (value: unknown): boolean =>
  isObject(value) &&
  Object.keys(value).every((key) => routePattern.test(key)) &&
  Object.values(value).every(isFunction)
const isCount = (value: unknown): boolean => typeof value === 'number' && value > 0

const isNumber = Number.isFinite
const isAddress = (value: unknown): boolean =>
  typeof value === 'string' && /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/.test(value)
/** Whether these names are in it and no others, each as a number. */
const isNumbers = (value: unknown, names: string[], isOptional = false): boolean =>
  isObject(value) &&
  Object.keys(value).every((name) => names.includes(name)) &&
  names.every((name) => {
    const number = (value as Record<string, unknown>)[name]
    return number === undefined ? isOptional : isNumber(number)
  })

const checks: Record<keyof HandlerSettings, Check> = {
  environment: [isTexts, "texts by name: { CRM_URL: 'https://crm.example' }"],
  secrets: [isTexts, "ids of secrets by name: { CRM_API_KEY: 'crm/api-key' }"],
  grants: [isFunction, 'a function of the consumer'],
  vpc: [isFunction, 'a function of the stack'],
  timeout: [(value) => isObject(value) && 'seconds' in value && isCount(value.seconds), '{ seconds: 60 }'],
  memoryMb: [isCount, 'a number of megabytes'],
  nodeModules: [(value) => Array.isArray(value) && value.every(isText), "names of packages: ['sharp']"],
  handlersEntry: [isText, 'a path from the root of the project'],
  fakeRoutes: [
    isRoutes,
    "functions by routes: { 'GET /bankaccounts/{id}': ({ params }) => ({ body: params }) }",
  ],
  stack: [isObject, 'an object'],
}

/** Types alone: `resolveProps` knows which numbers AWS takes. */
const stackChecks: Record<keyof StackSettings, Check> = {
  alarmEmails: [
    (value) => Array.isArray(value) && value.every(isAddress),
    "a list of mail addresses: ['ops@firm.example']",
  ],
  toleranceMs: [isNumber, 'a number of milliseconds'],
  connectedAccountsOnly: [(value) => typeof value === 'boolean', 'true or false'],
  maxConcurrency: [isNumber, 'a number'],
  maxAttempts: [isNumber, 'a number'],
  eventRetentionDays: [isNumber, 'a number of days'],
  ledgerRetentionDays: [isNumber, 'a number of days'],
  visibilityTimeoutSeconds: [isNumber, 'a number of seconds'],
  subscriptionCheckMinutes: [isNumber, 'a number of minutes'],
  receiver: [
    (value) => isNumbers(value, ['memoryMb', 'timeoutMs'], true),
    '{ memoryMb: 512, timeoutMs: 8_000 }, or one of the two',
  ],
  throttling: [(value) => isNumbers(value, ['perSecond', 'burst']), '{ perSecond: 100, burst: 200 }'],
  tracing: [(value) => typeof value === 'boolean', 'true or false'],
  logRetentionDays: [isNumber, 'a number of days'],
}

function problemsOf(settings: object, table: Record<string, Check>, within = ''): string[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    const check = Object.hasOwn(table, name) ? table[name] : undefined
    if (!check) return [`There is no setting \`${within}${name}\`.${didYouMean(name, Object.keys(table))}`]
    if (value !== undefined && !check[0](value)) return [`\`${within}${name}\` is to be ${check[1]}.`]
    return table === checks && name === 'stack' && isObject(value)
      ? problemsOf(value, stackChecks, 'stack.')
      : []
  })
}

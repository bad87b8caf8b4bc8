import { handlersEntryOf, nameProblems, timeoutProblems } from '../settings/setting-problems.ts'
import type { HandlerSettings } from '../settings/settings.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { pipelinesNames } from './lambda/function-environment.ts'
import type { StartLocalOptions } from './local.ts'

/**
 * What the local run takes from `infra/handlers.ts`: names, and no values, since those are a deployment's; the values
 * come from `.env`. Throws one `UsageError` that names all that a deployment would refuse; then one that names all that are
 * missing in `.env`, and the lines to add.
 */
export function localSettings(settings: HandlerSettings, env: Record<string, string>): StartLocalOptions {
  const problems = [...timeoutProblems(settings), ...nameProblems(settings)]
  if (problems.length > 0) throw new UsageError(whatIsRefused(problems))
  const { environment = {}, secrets = {}, timeout, nodeModules, handlersEntry } = settings
  const given = (name: string) => (Object.hasOwn(env, name) ? env[name] : undefined)
  const [variableNames, secretNames] = [Object.keys(environment), Object.keys(secrets)]
  const missing = [
    ...variableNames.filter((name) => given(name) === undefined).map((name) => ({ name, kind: 'variable' })),
    // An empty variable may be meant so; an empty secret is one that is still to be filled in.
    ...secretNames.filter((name) => !given(name)).map((name) => ({ name, kind: 'secret' })),
  ]
  if (missing.length > 0) throw new UsageError(whatIsMissing(missing))
  // As deployed: a secret is no variable.
  const own = Object.entries(env).filter(
    ([name]) => variableNames.includes(name) || !secretNames.includes(name),
  )
  return {
    env: Object.fromEntries(own),
    secrets: Object.fromEntries(secretNames.map((name) => [name, given(name) ?? ''])),
    ...(timeout && { consumerTimeoutMs: timeout.seconds * 1000 }),
    ...(nodeModules && { nodeModules }),
    ...(handlersEntry !== undefined && { handlers: handlersEntryOf({ handlersEntry }) }),
  }
}

function whatIsRefused(problems: readonly string[]): string {
  return `infra/handlers.ts cannot be deployed so:\n${problems.map((problem) => `- ${problem}`).join('\n')}`
}

function whatIsMissing(missing: readonly { name: string; kind: string }[]): string {
  const widest = Math.max(...missing.map(({ name }) => name.length))
  const lines = missing.map(({ name, kind }) => `${`${name}=`.padEnd(widest + 1)}  # ${kind}`)
  return (
    `.env lacks values of ${missing.map(({ name }) => name).join(', ')}, which infra/handlers.ts names. ` +
    `Add to .env, with values for this machine:\n\n${lines.join('\n')}\n`
  )
}

/**
 * Lines on what `.env` has and handlers do not get: from a deployment, or at all, since the pipeline has a variable of that
 * name; undefined when there is nothing. Credentials for AWS come from the function's role there.
 */
export function undeployedVariables(
  { environment = {}, secrets = {} }: HandlerSettings,
  env: Record<string, string>,
): string | undefined {
  const taken = pipelinesNames(env)
  const names = Object.keys(env).filter(
    (name) =>
      !(name.startsWith('AWS_') || taken.includes(name)) &&
      !(Object.hasOwn(environment, name) || Object.hasOwn(secrets, name)),
  )
  const lines = [
    names.length > 0 &&
      `Only in .env: ${names.join(', ')}. Deployed, handlers have what infra/handlers.ts names.`,
    taken.length > 0 &&
      `${taken.join(', ')} in .env changes nothing: the pipeline has variables of these names. Give yours others.`,
  ].filter((line) => line !== false)
  return lines.length > 0 ? lines.join('\n') : undefined
}

import { handlersEntryOf } from '../settings/project-files.ts'
import type { HandlerSettings } from '../settings/settings.ts'
import { UsageError } from '../terminal/usage-error.ts'
import { pipelineNamesIn } from './lambda/local-environment.ts'
import type { StartLocalOptions } from './local.ts'

/**
 * Returns what the local run takes from `infra/handlers.ts`: names, and no values, since those are a deployment's; the values
 * come from `.env`. Throws one `UsageError` that names all that is missing in `.env` and shows the lines to add.
 */
export function localSettings(settings: HandlerSettings, env: Record<string, string>): StartLocalOptions {
  const { environment = {}, secrets = {}, timeout, nodeModules, handlersEntry } = settings
  const given = (name: string) => (Object.hasOwn(env, name) ? env[name] : undefined)
  const [variableNames, secretNames] = [Object.keys(environment), Object.keys(secrets)]
  const missing = [
    ...variableNames.filter((name) => given(name) === undefined).map((name) => ({ name, kind: 'variable' })),
    // An empty variable may be intended; an empty secret still has to be filled in.
    ...secretNames.filter((name) => !given(name)).map((name) => ({ name, kind: 'secret' })),
  ]
  if (missing.length > 0) throw new UsageError(whatIsMissing(missing))
  // Handlers do not get their secrets as variables: in a deployment, they do not either.
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

function whatIsMissing(missing: readonly { name: string; kind: string }[]): string {
  const widest = Math.max(...missing.map(({ name }) => name.length))
  const lines = missing.map(({ name, kind }) => `${`${name}=`.padEnd(widest + 1)}  # ${kind}`)
  return (
    `.env lacks values of ${missing.map(({ name }) => name).join(', ')}, which infra/handlers.ts names. ` +
    `Add to .env, with values for this machine:\n\n${lines.join('\n')}\n`
  )
}

/**
 * Returns lines about variables of `.env` that handlers do not get: not in a deployment, or not at all, since the pipeline has a
 * variable of that name. Undefined when there are none. In a deployment, credentials for AWS come from the function's role.
 */
export function undeployedVariables(
  { environment = {}, secrets = {} }: HandlerSettings,
  env: Record<string, string>,
): string | undefined {
  const taken = pipelineNamesIn(env)
  const names = Object.keys(env).filter(
    (name) =>
      !(name.startsWith('AWS_') || taken.includes(name)) &&
      !(Object.hasOwn(environment, name) || Object.hasOwn(secrets, name)),
  )
  const lines = [
    names.length > 0 &&
      `Only in .env: ${names.join(', ')}. Deployed handlers get only what infra/handlers.ts names.`,
    taken.length > 0 &&
      `${taken.join(', ')} in .env changes nothing: the pipeline has variables of these names. Rename yours.`,
  ].filter((line) => line !== false)
  return lines.length > 0 ? lines.join('\n') : undefined
}

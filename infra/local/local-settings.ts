import { resolve } from 'node:path'
import { projectRoot } from '../bundle.ts'
import type { HandlerSettings } from '../settings.ts'
import { UsageError } from '../usage-error.ts'
import type { StartLocalOptions } from './local.ts'

/**
 * What the local run takes from `infra/handlers.ts`: names, and no values, since those are a deployment's; the values
 * come from `.env`. Throws one `UsageError` that names all that are missing there, and the lines to add.
 */
export function localSettings(
  { environment = {}, secrets = {}, timeout, nodeModules, handlersEntry }: HandlerSettings,
  env: Record<string, string>,
): StartLocalOptions {
  const [variableNames, secretNames] = [Object.keys(environment), Object.keys(secrets)]
  const missing = [
    ...variableNames.filter((name) => env[name] === undefined).map((name) => ({ name, kind: 'variable' })),
    // An empty variable may be meant so; an empty secret is one that is still to be filled in.
    ...secretNames.filter((name) => !env[name]).map((name) => ({ name, kind: 'secret' })),
  ]
  if (missing.length > 0) throw new UsageError(whatIsMissing(missing))
  // As deployed: a secret is no variable.
  const own = Object.entries(env).filter(
    ([name]) => variableNames.includes(name) || !secretNames.includes(name),
  )
  return {
    env: Object.fromEntries(own),
    secrets: Object.fromEntries(secretNames.map((name) => [name, env[name] ?? ''])),
    ...(timeout && { consumerTimeoutMs: timeout.seconds * 1000 }),
    ...(nodeModules && { nodeModules }),
    ...(handlersEntry !== undefined && { handlers: resolve(projectRoot, handlersEntry) }),
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

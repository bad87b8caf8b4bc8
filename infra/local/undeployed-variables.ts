import type { HandlerSettings } from '../settings/settings.ts'
import { pipelinesNames } from './lambda/function-environment.ts'

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

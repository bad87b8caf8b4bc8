import type { HandlerSettings } from '../settings.ts'

/**
 * A line on what `.env` has and a deployment will not give the handlers; undefined when there is nothing. Credentials
 * for AWS come from the function's role there.
 */
export function undeployedVariables(
  { environment = {}, secrets = {} }: HandlerSettings,
  env: Record<string, string>,
): string | undefined {
  const names = Object.keys(env).filter(
    (name) => !name.startsWith('AWS_') && !Object.hasOwn(environment, name) && !Object.hasOwn(secrets, name),
  )
  if (names.length === 0) return undefined
  return `Only in .env: ${names.join(', ')}. Deployed, handlers have what infra/handlers.ts names.`
}

import { parseRounding } from '../../shared/event/lossless-json.ts'
import { InvalidEnvironment, variables } from '../../shared/runtime/environment.ts'

/** The Secrets Manager ids of the handlers' secrets, by name. Throws `InvalidEnvironment`. */
export function secretIds(env: Record<string, string | undefined>): ReadonlyMap<string, string> {
  const ids = parsed(env[variables.handlerSecrets] || '{}')
  if (typeof ids === 'object' && ids !== null && !Array.isArray(ids)) {
    const entries = Object.entries(ids)
    if (entries.every(([, id]) => typeof id === 'string' && id !== '')) return new Map(entries)
  }
  throw new InvalidEnvironment({
    others: [`Set ${variables.handlerSecrets} to JSON: { "NAME": "secret id" }.`],
  })
}

function parsed(text: string): unknown {
  try {
    return parseRounding(text)
  } catch {
    return undefined
  }
}

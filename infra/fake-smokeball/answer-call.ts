import { type AuthorizeDeps, authorize } from './authorize.ts'
import type { Answer, Call } from './call.ts'
import { Problem } from './problem.ts'
import type { Route } from './route.ts'

interface Deps extends AuthorizeDeps {
  /** The user's, which come first. */
  added: readonly Route[]
  own: readonly Route[]
}

/** The answer to a call of the API: who it is, whether that may be, and what its route does. */
export async function answerCall(deps: Deps, call: Call): Promise<Answer> {
  try {
    const [added, own] = [deps.added, deps.own].map((routes) =>
      routes.filter(({ path }) => fits(path, call.path)),
    )
    const asked = (routes: readonly Route[] = []) =>
      exact(routes.filter(({ method }) => method === call.method))
    const route = asked(added) ?? asked(own)
    const there = [...(added ?? []), ...(own ?? [])]
    const caller = authorize(deps, call, route?.scope)
    if (!route) throw there.length > 0 ? notAllowed(there) : new Problem(404, `There is no ${call.pathname}.`)
    return await route.run({ call, caller, ids: idsIn(route.path, call.path) })
  } catch (error) {
    if (error instanceof Problem) return error.answer()
    throw error
  }
}

function fits(path: string, given: readonly string[]): boolean {
  const parts = path.split('/')
  return parts.length === given.length && parts.every((part, at) => part === '*' || part === given[at])
}

function idsIn(path: string, given: readonly string[]): string[] {
  const parts = path.split('/')
  return given.filter((_, at) => parts[at] === '*')
}

/** `webhooks/types` before `webhooks/*`. */
function exact(routes: readonly Route[]): Route | undefined {
  return routes.find(({ path }) => !path.includes('*')) ?? routes[0]
}

function notAllowed(there: readonly Route[]): Problem {
  const allow = there.map(({ method }) => method).join(', ')
  return new Problem(405, `Here are only ${allow}.`, { headers: { allow } })
}

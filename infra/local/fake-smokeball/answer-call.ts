import { type AuthorizeDeps, authorize } from './authorize.ts'
import type { Answer, Call } from './call.ts'
import { Problem } from './problem.ts'
import type { Route } from './route.ts'

interface Deps extends AuthorizeDeps {
  routes: readonly Route[]
}

/** The answer to a call of the API: who it is, whether that may be, and what its route does. */
export async function answerCall(deps: Deps, call: Call): Promise<Answer> {
  try {
    const there = deps.routes.filter(({ path }) => fits(path, call.path))
    const route = exact(there.filter(({ method }) => method === call.method))
    const caller = authorize(deps, call, route?.scope)
    if (!route) throw there.length > 0 ? notAllowed(there) : new Problem(404, `There is no ${call.pathname}.`)
    return await route.run({ call, caller, id: call.path[1] ?? '' })
  } catch (error) {
    if (error instanceof Problem) return error.answer()
    throw error
  }
}

function fits(path: string, given: readonly string[]): boolean {
  const parts = path.split('/')
  return parts.length === given.length && parts.every((part, at) => part === '*' || part === given[at])
}

/** `webhooks/types` before `webhooks/*`. */
function exact(routes: readonly Route[]): Route | undefined {
  return routes.find(({ path }) => !path.includes('*')) ?? routes[0]
}

function notAllowed(there: readonly Route[]): Problem {
  const allow = there.map(({ method }) => method).join(', ')
  return new Problem(405, `Here are only ${allow}.`, { headers: { allow } })
}

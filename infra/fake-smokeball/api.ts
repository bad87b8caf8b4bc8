import { createServer, type IncomingMessage, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono, type Next } from 'hono'
import type { RouterRoute } from 'hono/types'
import { guarded } from '../http/guard.ts'
import { pathParts, requestTarget } from '../http/request-target.ts'
import { type FakeRoutes, routePattern } from '../settings/fake-routes.ts'
import type { Authorized, Tokens } from './access.ts'
import { type ApiEnv, answer, bodyOf, type Call, Problem, requestIdOf } from './answers.ts'
import type { Fault, PlannedFailures } from './planned-failures.ts'
import type { Publisher } from './publisher.ts'

export interface CallRecord {
  method: string
  path: string
  /** What follows the `?`. */
  query: string
  /** Names are in lower case, and `authorization` and `x-api-key` are left out. */
  headers: Record<string, string>
  /** The status of the answer, or why there was none. It is undefined while the call is open. */
  status: number | 'hang' | 'reset' | 'lose-answer' | undefined
}

interface Deps {
  authorized: Authorized
  tokens: Tokens
  publisher: Pick<Publisher, 'publish'>
  /** The user's routes. They stand before its own, and may take their place. */
  added: FakeRoutes
  own: readonly Hono<ApiEnv>[]
  faults: PlannedFailures<Fault>
  log: CallRecord[]
  /** Called after each call that may have changed something. */
  onChange(): void
}

const maxBodyBytes = 1024 * 1024
const secretHeaders = ['authorization', 'x-api-key']

/**
 * Serves the API. It asks for Smokeball's credentials, which are made at random, and not for an access key: the commands that
 * are pasted from the terminal have them.
 */
export function apiServer(deps: Deps): Server {
  const listener = getRequestListener(apiApp(deps).fetch, { overrideGlobalObjects: false })
  return guarded(createServer(listener), { maxBodyBytes })
}

function apiApp(deps: Deps): Hono<ApiEnv> {
  const { authorized, tokens } = deps
  /** They hold the first parts of all paths: what stands in front of one is an account. */
  const roots = new Set<string>()
  const app: Hono<ApiEnv> = new Hono<ApiEnv>({
    getPath: (_, { env } = {}) => addressOf((env as ApiEnv['Bindings']).incoming, roots).path,
  })
  app.onError((error, call) => {
    // An error of the fake's own is shown to its user, as Smokeball never would.
    const problem =
      error instanceof Problem ? error : new Problem(500, `The fake Smokeball failed: ${error.stack}`)
    return problem.answer(call)
  })
  app.use((call, next) => {
    const { pathname, accountId } = addressOf(call.env.incoming, roots)
    call.set('pathname', pathname)
    call.set('pathAccountId', accountId)
    return logged(deps, call, next)
  })
  const refuse = (call: Call): never => {
    const there = app.routes.filter((each) => each.method !== 'ALL' && fits(app, each, call))
    if (there.length === 0) throw new Problem(404, `There is no ${call.var.pathname}.`)
    const allow = [...new Set(there.map(({ method }) => method))].join(', ')
    throw new Problem(405, `Here are only ${allow}.`, { headers: { allow } })
  }
  app.all('/oauth2/token', tokens.issueTo)
  // Hono would serve HEAD by the route of GET. Smokeball's API documents no HEAD.
  app.use((call, next) =>
    call.req.method === 'HEAD' ? authorized()(call, async () => refuse(call)) : next(),
  )
  addRoutes(app, deps)
  for (const routes of deps.own) app.route('/', routes)
  app.all('*', authorized(), refuse)
  for (const { path } of app.routes) roots.add(path.split('/')[1] ?? '')
  return app
}

function fits(app: Hono<ApiEnv>, route: RouterRoute, { req }: Call): boolean {
  return app.router.match(route.method, req.path)[0].some(([[, found]]) => found === route)
}

/** Returns where a request goes to: the path as it was sent, the path as routes are written, and the account in front of it. */
function addressOf(request: IncomingMessage, roots: ReadonlySet<string>) {
  const { pathname } = requestTarget(request)
  const parts = pathParts(pathname)
  const [first = '', second = ''] = parts.map(encoded)
  const namesAccount = !roots.has(first) && roots.has(second)
  const path = `/${parts
    .slice(namesAccount ? 1 : 0)
    .map(encoded)
    .join('/')}`
  return { pathname, path, accountId: namesAccount ? parts[0] : undefined }
}

/** Writes each part of a path in one way, in which no sign has a meaning for the router. */
function encoded(part: string): string {
  return encodeURIComponent(part).replaceAll('*', '%2A')
}

/** Logs a call once all of it has come, and lets it fail where that was planned. */
async function logged(
  { faults, log, onChange }: Deps,
  call: Call,
  next: Next,
): Promise<Response | undefined> {
  await call.req.text()
  const { method = 'GET' } = call.env.incoming
  const record = callRecord(call, method)
  log.push(record)
  const requestId = call.req.header('RequestId')
  if (requestId !== undefined) call.header('RequestId', requestId)
  const fault = faults.take({ method, pathname: record.path })
  if (typeof fault === 'object') {
    record.status = fault.status
    return faultProblem(fault).answer(call)
  }
  if (fault === undefined || fault === 'lose-answer') {
    await next()
    if (method !== 'GET') onChange()
  }
  record.status = fault ?? call.res.status
  if (fault === undefined) return undefined
  if (fault !== 'hang') call.env.incoming.socket.resetAndDestroy()
  return RESPONSE_ALREADY_SENT
}

/** Makes the record of a call without secrets, and without its body, since that may hold one. */
function callRecord(call: Call, method: string): CallRecord {
  const { searchParams } = new URL(call.req.url)
  const kept = Object.entries(call.env.incoming.headers).filter(([name]) => !secretHeaders.includes(name))
  return {
    method,
    path: call.var.pathname,
    query: searchParams.toString(),
    headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
    status: undefined,
  }
}

function faultProblem({ status, retryAfter }: Exclude<Fault, string>): Problem {
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
  return new Problem(status, 'This call was to fail.', { headers })
}

/** Adds the routes of `infra/handlers.ts`. Among those that fit a path, one without `{}` comes first. */
function addRoutes(app: Hono<ApiEnv>, { added, authorized, publisher }: Deps): void {
  const exactFirst = Object.entries(added).sort(
    ([a], [b]) => Number(a.includes('{')) - Number(b.includes('{')),
  )
  for (const [route, answerOf] of exactFirst) {
    const [, method = '', path = ''] = routePattern.exec(route) ?? []
    const parts = path
      .split('/')
      .map((part) => (part.startsWith('{') ? `:${part.slice(1, -1)}` : encoded(part)))
    app.on(method, parts.join('/'), authorized(), async (call) => {
      const { accountId } = call.var.caller
      const requestId = requestIdOf(call)
      const { status = 200, body } = await answerOf({
        accountId,
        requestId,
        query: new URL(call.req.url).searchParams,
        body: await bodyOf(call),
        params: call.req.param(),
        emit: (type, payload) =>
          void publisher.publish({ accountId, type, payload, source: 'API', requestId }),
      })
      return answer(call, status, body)
    })
  }
}

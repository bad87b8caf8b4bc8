import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { InvalidCursor } from '../../../shared/ledger/feed-cursor.ts'
import { TooManyHandlers } from '../../../shared/ledger/replay.ts'
import { explained } from '../../operate/explained.ts'
import { printError } from '../../terminal/terminal.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import {
  checkChange,
  checkFetch,
  checkProxy,
  checkToken,
  keptByNobody,
  securityHeaders,
} from './access-checks.ts'
import { catchUpRoutes } from './catch-up-routes.ts'
import type { ConsoleDeps } from './console-deps.ts'
import type { ConsoleEnv } from './console-env.ts'
import { deadLetterRoutes } from './dead-letter-routes.ts'
import { eventRoutes, resourceRoutes } from './event-routes.ts'
import { liveRoutes } from './live-routes.ts'
import { pageRoutes } from './page-routes.ts'
import { Refused } from './read-body.ts'
import { replayRoutes } from './replay-routes.ts'
import { sendRoutes } from './send-routes.ts'
import { handlingRoutes, statusRoutes } from './status-routes.ts'

export const maxBodyBytes = 64 * 1024

/** The console: its page, and below `/console/api` what the page asks for. Nothing is served before all checks are passed,
 * and none comes without the guard of its server, which knows other names and other origins. */
export function consoleApp(parts: ConsoleDeps): Hono<ConsoleEnv> {
  const app = new Hono<ConsoleEnv>()
  app.onError(answerErrors)
  app.notFound((c) => answerErrors(new Refused(404, 'There is nothing here. The console is at /console.'), c))
  return app
    .use(keptByNobody)
    .use(securityHeaders)
    .use(checkProxy)
    .get('/console/', (c) => c.redirect(`/console${new URL(c.req.url).search}`, 308))
    .use(checkToken(parts.token))
    .use(checkChange)
    .use('/console/api/*', checkFetch)
    .use(bodyLimit({ maxSize: maxBodyBytes, onError: tooLarge }))
    .route('/console/api', apiRoutes(parts))
    .route('/console', pageRoutes(parts))
}

/** What the page asks for. The page's types of all answers come from it. */
export type ConsoleApi = ReturnType<typeof apiRoutes>

function apiRoutes(parts: ConsoleDeps) {
  return new Hono<ConsoleEnv>()
    .route('/', statusRoutes(parts))
    .route('/', eventRoutes(parts))
    .route('/', resourceRoutes(parts))
    .route('/', liveRoutes(parts))
    .route('/', replayRoutes(parts))
    .route('/', deadLetterRoutes(parts))
    .route('/', handlingRoutes(parts))
    .route('/', sendRoutes(parts))
    .route('/', catchUpRoutes(parts))
}

function tooLarge(): never {
  throw new Refused(413, `A request holds at most ${maxBodyBytes} bytes.`)
}

/** Answers the API with JSON and other addresses with a page. An unexpected error is also printed on the terminal. */
function answerErrors(error: Error, c: Context<ConsoleEnv>): Response | Promise<Response> {
  const { status, message } = told(error)
  if (status === 500) printError(error)
  if (c.req.path.startsWith('/console/api/')) return c.json({ error: message }, status)
  return c.html(
    html`<!doctype html><html lang="en"><meta charset="utf-8"><title>Console</title><main><h1>Console</h1><p>${message}</p></main></html>`,
    status,
  )
}

function told(error: Error): { status: ContentfulStatusCode; message: string } {
  if (error instanceof Refused) return { status: error.status, message: error.message }
  if (error instanceof InvalidCursor) return { status: 400, message: error.message }
  if (error instanceof TooManyHandlers) return { status: 400, message: error.message }
  const said = explained(error)
  if (said === undefined)
    return { status: 500, message: 'The console failed at this. The terminal that it runs in shows how.' }
  return { status: error instanceof UsageError ? 409 : 502, message: said }
}

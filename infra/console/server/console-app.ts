import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { answerErrors } from './answer-errors.ts'
import { checkChange, checkFetch } from './check-change.ts'
import { checkProxy } from './check-proxy.ts'
import { checkToken } from './check-token.ts'
import type { ConsoleParts } from './console-parts.ts'
import { deadLetterRoutes } from './dead-letter-routes.ts'
import { eventRoutes } from './event-routes.ts'
import { handlingRoutes } from './handling-routes.ts'
import { liveRoutes } from './live-routes.ts'
import type { ConsoleEnv } from './own-addresses.ts'
import { pageRoutes } from './page-routes.ts'
import { Refused } from './refused.ts'
import { replayRoutes } from './replay-routes.ts'
import { resourceRoutes } from './resource-routes.ts'
import { keptByNobody, securityHeaders } from './secure-answers.ts'
import { sendRoutes } from './send-routes.ts'
import { statusRoutes } from './status-routes.ts'

export const maxBodyBytes = 64 * 1024

/** The console: its page, and below `/console/api` what the page asks for. Nothing is served before all checks are passed,
 * and none comes without the guard of its server, which knows other names and other origins. */
export function consoleApp(parts: ConsoleParts): Hono<ConsoleEnv> {
  const api = new Hono<ConsoleEnv>()
    .route('/', statusRoutes(parts))
    .route('/', eventRoutes(parts))
    .route('/', resourceRoutes(parts))
    .route('/', liveRoutes(parts))
    .route('/', replayRoutes(parts))
    .route('/', deadLetterRoutes(parts))
    .route('/', handlingRoutes(parts))
    .route('/', sendRoutes(parts))
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
    .route('/console/api', api)
    .route('/console', pageRoutes(parts))
}

function tooLarge(): never {
  throw new Refused(413, `A request holds at most ${maxBodyBytes} bytes.`)
}

import { createMiddleware } from 'hono/factory'
import { secureHeaders } from 'hono/secure-headers'

const self = "'self'"
const nothing = ["'none'"]

/** What the page may load, and that nothing of it is kept. Inline styles that scripts set are no matter of this policy. */
export const securityHeaders = secureHeaders({
  contentSecurityPolicy: {
    ...{ defaultSrc: nothing, scriptSrc: [self], styleSrc: [self], imgSrc: [self, 'data:'] },
    ...{ connectSrc: [self], baseUri: nothing, formAction: nothing, frameAncestors: nothing },
  },
  referrerPolicy: 'no-referrer',
  xFrameOptions: 'DENY',
  // It is http://127.0.0.1.
  strictTransportSecurity: false,
})

/** Answers hold what firms' clients told: no cache keeps them. */
export const keptByNobody = createMiddleware(async function keptByNobodyAfter(c, next) {
  await next()
  c.header('Cache-Control', 'no-store')
})

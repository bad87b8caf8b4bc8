import { createHmac } from 'node:crypto'
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { html } from 'hono/html'
import { secureHeaders } from 'hono/secure-headers'
import { isSameSecret } from '../../http/access-token.ts'
import { ownHosts } from '../../http/guard.ts'
import { type ConsoleEnv, portOf } from './console-env.ts'
import { Refused } from './read-body.ts'

const self = "'self'"
const nothing = ["'none'"]

/** What the page may load, and that nothing of it is kept. Inline styles that scripts set are no matter of this policy. */
export const securityHeaders = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: nothing,
    scriptSrc: [self],
    styleSrc: [self],
    imgSrc: [self, 'data:'],
    connectSrc: [self],
    baseUri: nothing,
    formAction: nothing,
    frameAncestors: nothing,
  },
  referrerPolicy: 'no-referrer',
  xFrameOptions: 'DENY',
  // The console is served over http on 127.0.0.1.
  strictTransportSecurity: false,
})

/** Answers hold what firms' clients told: no cache keeps them. */
export const keptByNobody = createMiddleware(async function keptByNobodyAfter(c, next) {
  await next()
  c.header('Cache-Control', 'no-store')
})

/** What proxies and tunnels add. One that also writes this machine's own name into `Host` is known by them alone. */
const ofProxies = /^(?:x-forwarded-.*|forwarded|via|cf-connecting-ip)$/

/** Refuses what comes through a proxy: it is from elsewhere, whatever its name. */
export const checkProxy = createMiddleware<ConsoleEnv>(async function checkProxyBefore(c, next) {
  if (Object.keys(c.req.header()).some((name) => ofProxies.test(name))) {
    const [host] = ownHosts(portOf(c))
    throw new Refused(
      403,
      `The console is for this machine alone: open http://${host}/console without a proxy or tunnel.`,
    )
  }
  await next()
})

const path = '/console'

/**
 * Lets in who has the token: it comes once, in the printed URL, and then what is made of it in a cookie that no script reads
 * and no other site sends. The token leaves the address bar, and with it the history and what a page tells of where it was.
 */
export function checkToken(token: string) {
  const proof = proofOf(token)
  return createMiddleware<ConsoleEnv>(async function checkTokenBefore(c, next) {
    const given = c.req.path === path && c.req.method === 'GET' ? c.req.query('token') : undefined
    if (given !== undefined) return enter(c, given, { token, proof })
    if (!isSameSecret(getCookie(c, cookieName(c)) ?? '', proof))
      throw new Refused(401, 'Open the console by the URL that its start printed: it carries the token.')
    await next()
    return undefined
  })
}

/**
 * A page that goes on to the console, and no redirect: after a click in another site, which browsers without `Sec-Fetch-Site`
 * get in by, a cookie of `SameSite=Strict` is sent only with what this page itself asks for.
 */
function enter(
  c: Context<ConsoleEnv>,
  given: string,
  { token, proof }: { token: string; proof: string },
): Response | Promise<Response> {
  if (!isSameSecret(given, token))
    throw new Refused(
      401,
      'This token is not the one of this run. Open the console by the URL that its start printed.',
    )
  setCookie(c, cookieName(c), proof, { httpOnly: true, sameSite: 'Strict', path })
  return c.html(
    html`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="color-scheme" content="light dark"><link rel="icon" href="data:,"><meta http-equiv="refresh" content="0; url=${path}"><title>Console</title><main><p><a href="${path}">Go on to the console</a></p></main></html>`,
  )
}

/** Browsers send a cookie to every port of this machine: it is not the token, by which anyone could open the console. */
function proofOf(token: string): string {
  return createHmac('sha256', token).update('cookie').digest('base64url')
}

/** Cookies do not keep ports apart: two consoles of one machine would take each other's. */
function cookieName(c: Context<ConsoleEnv>): string {
  return `console-${portOf(c)}`
}

const reading = ['GET', 'HEAD']

/**
 * Refuses what no page asks for, though a browser does, such as an address of the API that was typed. Pages of other origins
 * do not get past the guard.
 */
export const checkFetch = createMiddleware<ConsoleEnv>(async function checkFetchBefore(c, next) {
  if (!['same-origin', undefined].includes(c.req.header('sec-fetch-site')))
    throw new Refused(403, 'Only the console’s own page may ask for this: open /console.')
  await next()
})

/**
 * Refuses changes that the console's own page does not ask for: no form and no other origin sends JSON with this `Origin`.
 * Hono's `csrf` looks at what forms can send, and lets JSON from anywhere pass.
 */
export const checkChange = createMiddleware<ConsoleEnv>(async function checkChangeBefore(c, next) {
  if (!reading.includes(c.req.method)) {
    if (c.req.header('origin') !== `http://${c.req.header('host')?.toLowerCase()}`)
      throw new Refused(403, 'Only the console’s own page may ask for changes: the header Origin is another.')
    const [type = ''] = (c.req.header('content-type') ?? '').split(';')
    if (type.trim().toLowerCase() !== 'application/json')
      throw new Refused(403, 'Changes are asked for with JSON: send content-type application/json.')
  }
  await next()
})

import { createHmac } from 'node:crypto'
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { html } from 'hono/html'
import { isSameSecret } from '../../http/access-token.ts'
import { type ConsoleEnv, portOf } from './own-addresses.ts'
import { Refused } from './refused.ts'

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

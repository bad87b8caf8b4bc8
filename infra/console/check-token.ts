import { createHash, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { type ConsoleEnv, portOf } from './own-addresses.ts'
import { Refused } from './refused.ts'

const path = '/console'

/**
 * Lets in who has the token: it comes once, in the printed URL, and then in a cookie that no script reads and no other site
 * sends. The token leaves the address bar, and with it the history and what a page tells of where it was.
 */
export function checkToken(token: string) {
  return createMiddleware<ConsoleEnv>(async function checkTokenBefore(c, next) {
    const given = c.req.path === path && c.req.method === 'GET' ? c.req.query('token') : undefined
    if (given !== undefined) return enter(c, given, token)
    if (!isSame(getCookie(c, cookieName(c)) ?? '', token))
      throw new Refused(401, 'Open the console by the URL that its start printed: it carries the token.')
    await next()
    return undefined
  })
}

function enter(c: Context<ConsoleEnv>, given: string, token: string): Response {
  if (!isSame(given, token))
    throw new Refused(
      401,
      'This token is not the one of this run. Open the console by the URL that its start printed.',
    )
  setCookie(c, cookieName(c), token, { httpOnly: true, sameSite: 'Strict', path })
  return c.redirect(path, 302)
}

/** Cookies do not keep ports apart: two consoles of one machine would take each other's. */
function cookieName(c: Context<ConsoleEnv>): string {
  return `console-${portOf(c)}`
}

/** In constant time, whatever their lengths. */
function isSame(given: string, token: string): boolean {
  const [a, b] = [given, token].map((text) => createHash('sha256').update(text).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}

import { createMiddleware } from 'hono/factory'
import type { ConsoleEnv } from './own-addresses.ts'
import { Refused } from './refused.ts'

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

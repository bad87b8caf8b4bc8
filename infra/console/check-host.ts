import { createMiddleware } from 'hono/factory'
import { type ConsoleEnv, ownHosts } from './own-addresses.ts'
import { Refused } from './refused.ts'

/**
 * Refuses other names than this machine's own: a page elsewhere can make its own name lead here (DNS rebinding), and would
 * then be of the same origin as the console.
 */
export const checkHost = createMiddleware<ConsoleEnv>(async function checkHostBefore(c, next) {
  const hosts = ownHosts(c)
  if (!hosts.includes(c.req.header('host')?.toLowerCase() ?? ''))
    throw new Refused(421, `The console is at http://${hosts[0]}/console, and under no other name.`)
  await next()
})

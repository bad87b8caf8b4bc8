import { createMiddleware } from 'hono/factory'
import { type ConsoleEnv, ownHosts } from './own-addresses.ts'
import { Refused } from './refused.ts'

/** What proxies and tunnels add. One that also writes this machine's own name into `Host` is known by them alone. */
const ofProxies = /^(?:x-forwarded-.*|forwarded|via|cf-connecting-ip)$/

/**
 * Refuses other names than this machine's own: a page elsewhere can make its own name lead here (DNS rebinding), and would
 * then be of the same origin as the console. Refuses what comes through a proxy: it is from elsewhere, whatever its name.
 */
export const checkHost = createMiddleware<ConsoleEnv>(async function checkHostBefore(c, next) {
  const hosts = ownHosts(c)
  if (!hosts.includes(c.req.header('host')?.toLowerCase() ?? ''))
    throw new Refused(421, `The console is at http://${hosts[0]}/console, and under no other name.`)
  if (Object.keys(c.req.header()).some((name) => ofProxies.test(name)))
    throw new Refused(
      403,
      `The console is for this machine alone: open http://${hosts[0]}/console without a proxy or tunnel.`,
    )
  await next()
})

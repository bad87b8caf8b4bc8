import { createMiddleware } from 'hono/factory'
import { ownHosts } from '../../http/guard.ts'
import { type ConsoleEnv, portOf } from './own-addresses.ts'
import { Refused } from './refused.ts'

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

import { type Clock, wait } from '../../shared/runtime/clock.ts'
import type { OfferedTypes } from '../../shared/subscriptions/keep-subscription.ts'

/** Nobody waits longer for what another account fetches: that one may hang. */
const longestWaitMs = 5_000

/**
 * The event types on offer, which are the same for every account: whoever comes first fetches them for all. Who comes meanwhile
 * waits for that a while; if it fails, the next one fetches them for itself.
 */
export function typesOfRun(clock: Pick<Clock, 'after'>): OfferedTypes {
  let found: string[] | undefined
  let underWay: Promise<unknown> | undefined
  return async (own, signal) => {
    if (!found && underWay) await Promise.race([underWay, wait(clock, longestWaitMs, signal)])
    if (found) return found
    const fetching = own()
    underWay = fetching.catch(() => {})
    found = await fetching
    return found
  }
}

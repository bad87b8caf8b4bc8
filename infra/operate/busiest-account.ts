import { readFeed } from '../../shared/ledger/event-feed.ts'
import type { EventRow } from '../../shared/ledger/event-row.ts'
import { callLimit, type Deployment, eventTableOf } from './deployment.ts'

/** The account that has most of some events. */
export interface BusiestAccount {
  accountId: string
  /** How many are its own, */
  events: number
  /** and how many there are. */
  of: number
}

/** The accounts that have most of what there is to do; undefined where there is none. */
export interface BusiestAccounts {
  /** Who has most of what came last and was handled, or tried. */
  lately: BusiestAccount | undefined
  /** Who has most of what is to be run again first. */
  later: BusiestAccount | undefined
}

/** So many of the last events are looked at: one query a shard. */
const looked = 100

/**
 * A queue does not tell whose messages wait in it. But it hands out about what came first, so the last events that were handled
 * are a sample of what is at its front.
 */
export async function busiestAccounts(
  deployment: Deployment,
  later: readonly EventRow[],
): Promise<BusiestAccounts> {
  const { events } = await readFeed(eventTableOf(deployment), { limit: looked }, callLimit().signal)
  return { lately: busiestOf(events), later: busiestOf(later) }
}

export function busiestOf(events: readonly EventRow[]): BusiestAccount | undefined {
  const counts = new Map<string, number>()
  for (const { accountId } of events) counts.set(accountId, (counts.get(accountId) ?? 0) + 1)
  const [most] = [...counts].sort(([, one], [, other]) => other - one)
  return most && { accountId: most[0], events: most[1], of: events.length }
}

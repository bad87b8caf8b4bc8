import type { EventKey } from '../event/event-identity.ts'
import { claim, type LedgerDeps } from './claim.ts'
import { countWrite } from './count-write.ts'
import { readLedger } from './event-table.ts'
import { finish } from './finish.ts'
import type { Ledger } from './ledger.ts'
import { readEvent, readRun } from './read-event.ts'

/**
 * The ledger in DynamoDB: `claim` is one conditional write for nearly every event, `finish` one more.
 * Table: `pk` = resource key, `sk` = `ledger` or `event#<ticks>#<event id>`.
 */
export function dynamodbLedger(deps: LedgerDeps): Ledger {
  return {
    claim: (request) => claim(deps, request),
    read: (event, signal) => readEvent(deps, event, signal),
    deaths: (resourceKey, events, signal) => deaths(deps, resourceKey, events, signal),
    finish: (record, isStored, signal) => finish(deps, record, isStored, signal),
    countWrite: (write, signal) => countWrite(deps, write, signal),
  }
}

/** Whoever holds the lease is dead when it is over and the event has no record under its fence. */
async function deaths(
  deps: LedgerDeps,
  resourceKey: string,
  events: readonly EventKey[],
  signal: AbortSignal,
): Promise<number> {
  const ledger = await readLedger(deps, resourceKey, signal)
  const event = events.find(({ eventId }) => eventId === ledger?.lease.eventId)
  if (!ledger || !event || ledger.lease.untilEpochMs > deps.now()) return 0
  const run = await readRun(deps, event, signal)
  return run?.fence === ledger.fence ? 0 : ledger.lease.tries
}

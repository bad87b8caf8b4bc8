import { type EventTableDeps, readLedger } from './event-table.ts'
import type { CountedWrites, Lease } from './ledger-item.ts'
import { readSlotName, type SlotName, type SlotValue } from './ledger-slots.ts'

/** What the ledger says of a resource, for people. */
export interface ResourceState {
  /** The newest event of each action and origin, the newest first. */
  seen: (SlotName & SlotValue)[]
  /** The last lease of the resource. It is over when its time is, or once the record of its event has this `fence`. */
  lease: Omit<Lease, 'owner'>
  /** The fence of the last claim of one of its events. */
  fence: number
  /** API writes of each handler while it handled events of the resource. */
  writes: (CountedWrites & { handler: string })[]
}

/** What `readLedger` finds, as the operator sees it; undefined when that is. */
export async function readResourceState(
  deps: EventTableDeps,
  resourceKey: string,
  signal: AbortSignal,
): Promise<ResourceState | undefined> {
  const ledger = await readLedger(deps, resourceKey, signal)
  if (!ledger) return undefined
  const { eventId, untilEpochMs, tries } = ledger.lease
  return {
    seen: [...ledger.seen]
      .map(([slot, value]) => ({ ...readSlotName(slot), ...value }))
      .sort((a, b) => (a.ticks < b.ticks ? 1 : -1)),
    lease: { eventId, untilEpochMs, tries },
    fence: ledger.fence,
    writes: [...ledger.writes].map(([handler, counted]) => ({ handler, ...counted })),
  }
}

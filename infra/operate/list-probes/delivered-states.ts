import type { Resource } from '../../../shared/event/resource-of-event.ts'
import { splitType } from '../../../shared/event/resource-of-event.ts'
import { type Stamp, stampOf } from '../../../shared/event/stamps.ts'
import type { Ticks } from '../../../shared/event/ticks.ts'
import { scanTopLevel } from '../../../shared/event/top-level-scanner.ts'
import { readFeed } from '../../../shared/ledger/event-feed.ts'
import type { EventTableDeps } from '../../../shared/ledger/event-table.ts'
import { readEvent } from '../../../shared/ledger/read-event.ts'

/** What the newest delivery of a resource told. */
export interface DeliveredState {
  id: string
  /** The event's time. */
  ticks: Ticks
  receivedEpochMs: number
  isDeletion: boolean
  stamp: Stamp | undefined
}

const rowsOfFeed = 100

/** The newest delivered state of resources of a kind, those that came last first, as far as the table has their bodies. */
export async function deliveredStates(
  table: EventTableDeps,
  { accountId, kind, atMost }: { accountId: string; kind: Resource['kind']; atMost: number },
  signal: AbortSignal,
): Promise<{ changed: DeliveredState[]; deleted: DeliveredState | undefined }> {
  const filter = { accountId, type: `${kind}.*` }
  const { events } = await readFeed(table, { filter, limit: rowsOfFeed }, signal)
  const byId = new Map<string, (typeof events)[number]>()
  for (const event of events) {
    const newest = byId.get(event.resource.id)
    if (!newest || event.ticks > newest.ticks) byId.set(event.resource.id, event)
  }
  const isDeletion = ({ type }: { type: string }) => splitType(type).action === 'deleted'
  // What a list told is no evidence of what webhooks tell.
  const rows = [...byId.values()].filter(({ isRecovered, isImported }) => !isRecovered && !isImported)
  const changed = await Promise.all(
    rows
      .filter((row) => !isDeletion(row))
      .slice(0, atMost)
      .map(async (row) => {
        const text = (await readEvent(table, row, signal))?.text
        const payload = text === undefined ? undefined : scanTopLevel(text, ['payload']).payload
        return payload === undefined ? [] : [stateOf(row, stampOf(kind, payload))]
      }),
  )
  const deleted = rows.find(isDeletion)
  return { changed: changed.flat(), deleted: deleted && stateOf(deleted, undefined) }

  function stateOf(
    { resource, ticks, delivery, type }: (typeof events)[number],
    stamp: Stamp | undefined,
  ): DeliveredState {
    const { receivedEpochMs } = delivery
    return { id: resource.id, ticks, receivedEpochMs, isDeletion: isDeletion({ type }), stamp }
  }
}

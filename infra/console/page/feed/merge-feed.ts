import type { Delivery } from '../api/delivery.ts'
import type { Row } from '../api/row.ts'
import { isOfType, isWanted } from './feed-filter.ts'
import { type FeedItem, itemOfDelivery, itemOfRow } from './feed-item.ts'

/** Puts what has just been told into the feed, newest first. */
export function mergeFeed(
  items: readonly FeedItem[],
  told: { rows: readonly Row[]; deliveries: readonly Delivery[] },
  filter: URLSearchParams,
): FeedItem[] {
  const byKey = new Map(items.map((item) => [item.key, item]))
  for (const row of told.rows) {
    if (isWanted(filter, row)) byKey.set(row.eventId, itemOfRow(row))
    else byKey.delete(row.eventId)
  }
  for (const delivery of told.deliveries.filter((each) => isShown(each, filter))) {
    const item = itemOfDelivery(delivery)
    byKey.set(item.key, item)
  }
  const all = [...byKey.values()]
  const ids = all.flatMap(({ row }) => (row ? [row.eventId] : []))
  return all.filter(({ delivery }) => !delivery || !isRecorded(delivery, ids)).sort((a, b) => b.atMs - a.atMs)
}

/** Once the queue is empty, nothing waits: the event was recorded before, beyond what is shown. */
export function withoutWaiting(items: readonly FeedItem[], beforeMs: number): FeedItem[] {
  return items.filter(({ delivery, atMs }) => delivery?.outcome !== 'accepted' || atMs > beforeMs)
}

function isRecorded({ outcome, event }: Delivery, ids: readonly string[]): boolean {
  return outcome === 'accepted' && (event === undefined || ids.some((id) => id.startsWith(event)))
}

/** A delivery has a type at most: other filters are of events. */
function isShown(delivery: Delivery, filter: URLSearchParams): boolean {
  if ([...filter.keys()].some((name) => name !== 'type')) return false
  const pattern = filter.get('type')
  return pattern === null || (delivery.type !== undefined && isOfType(delivery.type, pattern))
}

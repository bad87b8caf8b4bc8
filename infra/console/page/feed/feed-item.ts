import type { Delivery } from '../api/delivery.ts'
import type { Row } from '../api/row.ts'

/** A line of the feed: an event, or a delivery that has become none. */
export type FeedItem = { key: string; atMs: number } & (
  | { row: Row; delivery?: never }
  | { row?: never; delivery: Delivery }
)

export function itemOfRow(row: Row): FeedItem {
  return { key: row.eventId, atMs: Date.parse(row.received), row }
}

export function itemOfDelivery(delivery: Delivery): FeedItem {
  return { key: `delivery-${delivery.seq}`, atMs: Date.parse(delivery.at), delivery }
}

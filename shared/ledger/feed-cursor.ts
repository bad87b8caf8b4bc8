import { feedAtOf } from './event-indexes.ts'

/**
 * A place in the feed of all shards together, where reading goes on: events with lower keys. The shards are merged in one
 * order, so that one place says for each of them where it goes on.
 */
export type FeedBound = string & { readonly feedBound: unique symbol }

export class InvalidCursor extends Error {
  readonly code = 'INVALID_CURSOR'

  constructor(given: string) {
    super(`'${given.slice(0, 60)}' is no cursor: take one as it was told, with the page before.`)
    this.name = 'InvalidCursor'
  }
}

/** Orders events of all shards: within a shard as the index does, and events of one place there by their ids. */
export function feedKey(receivedEpochMs: number, eventId: string): string {
  return feedAtOf(receivedEpochMs, '') + eventId
}

/** Behind this event. */
export function cursorAfter(event: { receivedEpochMs: number; eventId: string }): string {
  return `${event.receivedEpochMs.toString(36)}-${event.eventId}`
}

/** From this place of a shard on. */
export function cursorFrom(feedAt: string): string {
  const [received, digits] = feedAt.split('#')
  return `${Number(received).toString(36)}-${digits}`
}

/** Undefined: from the newest on. Throws `InvalidCursor`. */
export function readCursor(cursor: string | undefined): FeedBound {
  if (cursor === undefined) return '~' as FeedBound
  const [, received = '', id = ''] = /^([0-9a-z]{1,9})-([0-9a-f]{8}|[0-9a-f]{32})$/.exec(cursor) ?? []
  if (id === '') throw new InvalidCursor(cursor)
  const key = feedKey(Number.parseInt(received, 36), id)
  // `~` sorts behind all digits: whatever is at that place is still to come.
  return (id.length === 8 ? `${key}~` : key) as FeedBound
}

/** The end of this millisecond. */
export function boundUntil(epochMs: number): FeedBound {
  return `${feedAtOf(epochMs, '')}~` as FeedBound
}

import { feedAtOf, feedShardOf } from './event-item.ts'

/** Where an event is to be looked for: at its place in the feed, or in a shard of it, by how its id begins. */
export type Reference =
  | { kind: 'place'; feedShard: string; feedAt: string }
  | { kind: 'id'; feedShard: string; idPrefix: string }

/**
 * A short name by which an event is found with one query: when it was received, in milliseconds since 1970 to the base
 * 36, and the first 8 digits of its id. Together they are its place in the feed.
 */
export function eventReference(event: { receivedEpochMs: number; eventId: string }): string {
  return `${event.receivedEpochMs.toString(36)}-${event.eventId.slice(0, 8)}`
}

/** Takes references, event ids, and their beginnings from 8 digits on, as log lines show them. Undefined for any other text. */
export function parseReference(text: string): Reference | undefined {
  const given = text.trim().toLowerCase()
  if (/^[0-9a-f]{8,32}$/.test(given)) return { kind: 'id', feedShard: feedShardOf(given), idPrefix: given }
  const [, received = '', digits = ''] = /^([0-9a-z]{1,9})-([0-9a-f]{8})$/.exec(given) ?? []
  if (digits === '') return undefined
  const feedAt = feedAtOf(Number.parseInt(received, 36), digits)
  return { kind: 'place', feedShard: feedShardOf(digits), feedAt }
}

/** A first page of the feed is a query a shard. Each takes 1,000 events a second. */
export const feedShards = 3
/** The index that lists what came lately: sharded by event id, sorted by received time. */
export const feedIndex = { indexName: 'feed', partitionKey: 'feedShard', sortKey: 'feedAt' } as const

/**
 * An event's facts, which the feed lists: never what a handler said, or the body. CloudFormation refuses to change the
 * projection of a deployed index under its name: docs/upgrading.md tells how to do it over two releases.
 */
export const feedAttributes = [
  'type',
  'status',
  'handlers',
  'attempts',
  'reason',
  'requestId',
  'sent',
  'received',
  'subscription',
  'source',
  'user',
  'fence',
] as const

/**
 * The index that lists the events that are not finished, by when they are due: sharded as the feed. It has recorded writes, too, by
 * the resource that they change: those lie in partitions of their own.
 */
export const dueIndex = { indexName: 'due', partitionKey: 'dueShard', sortKey: 'dueAt' } as const

/** What that index tells beside an event's keys. For a change of it, the same holds as for the feed's. */
export const dueAttributes = ['type', 'status', 'handlers', 'attempts', 'received', 'fence', 'later'] as const

/** By the digits that a reference holds. */
export function feedShardOf(eventId: string): string {
  return String(Number.parseInt(eventId.slice(0, 8), 16) % feedShards)
}

/** An event's place within its shard. Its length is fixed, so that text sorts as time does. */
export function feedAtOf(receivedEpochMs: number, eventId: string): string {
  return `${String(receivedEpochMs).padStart(13, '0')}#${eventId.slice(0, 8)}`
}

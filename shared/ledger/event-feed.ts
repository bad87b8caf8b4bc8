import { QueryCommand } from '@aws-sdk/client-dynamodb'
import { type EventFilter, matchesFilter } from './event-filter.ts'
import { feedAtOf, feedIndex, feedShards } from './event-indexes.ts'
import { type EventRow, readEventRow } from './event-row.ts'
import type { EventTableDeps } from './event-table.ts'
import { boundUntil, cursorAfter, cursorFrom, type FeedBound, feedKey, readCursor } from './feed-cursor.ts'
import type { Item } from './ledger-item.ts'

export interface FeedPage {
  /** Newest first, by when they were received. */
  events: EventRow[]
  /** For the next page; undefined when there is none. */
  cursor: string | undefined
  /** Events that were looked at. */
  looked: number
  /** Down to here every event was looked at, in milliseconds since 1970; undefined: down to the oldest. */
  lookedBackToEpochMs: number | undefined
}

/** A filtered page reads so many events of each shard at once. */
const filteredRowsAtOnce = 500
/** Pages without a filter need one round, but where several events share the last place. A filtered page: 7,500 events. */
const maxRounds = 5

/**
 * What came lately: each shard is read from the cursor on, and all are merged. A page without a filter takes one query a
 * shard, all at once, however large the table is. A filtered page ends when so many events were looked at, full or not,
 * and its cursor goes on from there. Throws `InvalidCursor`.
 */
export async function readFeed(
  deps: EventTableDeps,
  { filter = {}, limit, cursor }: { filter?: EventFilter; limit: number; cursor?: string | undefined },
  signal: AbortSignal,
): Promise<FeedPage> {
  const range = rangeOf(filter, cursor)
  const isFiltered = Object.keys(filter).some((name) => name !== 'sinceEpochMs' && name !== 'untilEpochMs')
  // One more than are told: the last one read may not be the last one of its place.
  const rowsAtOnce = isFiltered ? filteredRowsAtOnce : limit + 1
  let shards = Array.from({ length: feedShards }, (_, shard) => unread(shard, range))
  for (let round = 0; round < maxRounds && mayGoOn(shards, filter, limit); round++)
    shards = await Promise.all(shards.map((shard) => readOn(deps, shard, { range, rowsAtOnce }, signal)))
  return pageOf(shards, filter, limit)
}

/** Places that are read, `until` first. */
interface Range {
  since: string
  until: FeedBound
}

interface Shard {
  shard: number
  rows: EventRow[]
  looked: number
  /** All events of places above it are in `rows`; '' when the shard is read to its end. */
  readDownTo: string
  next: Item | undefined
}

function rangeOf({ sinceEpochMs, untilEpochMs }: EventFilter, cursor: string | undefined): Range {
  const from = readCursor(cursor)
  const end = untilEpochMs === undefined ? from : boundUntil(untilEpochMs)
  return {
    since: sinceEpochMs === undefined ? '0' : feedAtOf(sinceEpochMs, ''),
    until: end < from ? end : from,
  }
}

function unread(shard: number, { since, until }: Range): Shard {
  // DynamoDB refuses a range that ends before it begins.
  return { shard, rows: [], looked: 0, readDownTo: since <= until ? until : '', next: undefined }
}

async function readOn(
  { client, tableName }: EventTableDeps,
  shard: Shard,
  { range, rowsAtOnce }: { range: Range; rowsAtOnce: number },
  signal: AbortSignal,
): Promise<Shard> {
  if (shard.readDownTo === '') return shard
  const { indexName, partitionKey, sortKey } = feedIndex
  const query = new QueryCommand({
    TableName: tableName,
    IndexName: indexName,
    KeyConditionExpression: '#shard = :shard AND #at BETWEEN :since AND :until',
    ExpressionAttributeNames: { '#shard': partitionKey, '#at': sortKey },
    ExpressionAttributeValues: {
      ':shard': { S: String(shard.shard) },
      ':since': { S: range.since },
      ':until': { S: range.until.slice(0, feedAtOf(0, '00000000').length) },
    },
    ScanIndexForward: false,
    Limit: rowsAtOnce,
    ...(shard.next && { ExclusiveStartKey: shard.next }),
  })
  const { Items = [], LastEvaluatedKey: next } = await client.send(query, { abortSignal: signal })
  const rows = Items.map(readEventRow).filter((row) => keyOf(row) < range.until)
  return {
    shard: shard.shard,
    rows: [...shard.rows, ...rows],
    looked: shard.looked + Items.length,
    next,
    readDownTo: next?.feedAt?.S ?? '',
  }
}

function mayGoOn(shards: readonly Shard[], filter: EventFilter, limit: number): boolean {
  return horizonOf(shards) !== '' && found(shards, filter).length < limit
}

/** Down to here, all shards are read. */
function horizonOf(shards: readonly Shard[]): string {
  return shards.reduce((highest, { readDownTo }) => (readDownTo > highest ? readDownTo : highest), '')
}

function found(shards: readonly Shard[], filter: EventFilter): EventRow[] {
  // `~` sorts behind all digits: the horizon's own place may not have been read whole.
  const above = horizonOf(shards) && `${horizonOf(shards)}~`
  return shards
    .flatMap(({ rows }) => rows)
    .filter((row) => keyOf(row) > above && matchesFilter(filter, row))
    .sort((a, b) => (keyOf(a) < keyOf(b) ? 1 : -1))
}

function pageOf(shards: readonly Shard[], filter: EventFilter, limit: number): FeedPage {
  const all = found(shards, filter)
  const events = all.slice(0, limit)
  const horizon = horizonOf(shards)
  const looked = shards.reduce((sum, shard) => sum + shard.looked, 0)
  const last = events.at(-1)
  if (all.length > limit && last) {
    const { eventId, delivery } = last
    const { receivedEpochMs } = delivery
    const after = cursorAfter({ eventId, receivedEpochMs })
    return { events, cursor: after, looked, lookedBackToEpochMs: receivedEpochMs }
  }
  if (horizon === '') return { events, cursor: undefined, looked, lookedBackToEpochMs: undefined }
  return { events, cursor: cursorFrom(horizon), looked, lookedBackToEpochMs: Number(horizon.split('#')[0]) }
}

function keyOf({ delivery, eventId }: EventRow): string {
  return feedKey(delivery.receivedEpochMs, eventId)
}

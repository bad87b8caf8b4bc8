import { QueryCommand } from '@aws-sdk/client-dynamodb'
import { dueIndex, feedAtOf, feedShards } from './event-indexes.ts'
import { type EventRow, readEventRow } from './event-row.ts'
import type { EventTableDeps } from './event-table.ts'
import type { Item } from './ledger-item.ts'

/** Events that are not finished. */
export interface DueEvents {
  /** Those that are due first, with what the index tells of them. */
  events: EventRow[]
  /** There are more than were read. */
  hasMore: boolean
}

/**
 * The events that are not finished, those first that are due first; `untilEpochMs`: only those that are due by then. One query a
 * shard, of which each reads so many at most.
 */
export async function readDue(
  { client, tableName }: EventTableDeps,
  { limit, untilEpochMs }: { limit: number; untilEpochMs?: number },
  signal: AbortSignal,
): Promise<DueEvents> {
  const { indexName, partitionKey, sortKey } = dueIndex
  const until = untilEpochMs === undefined ? '~' : feedAtOf(untilEpochMs, '~')
  const shards = await Promise.all(
    Array.from({ length: feedShards }, (_, shard) =>
      client.send(
        new QueryCommand({
          TableName: tableName,
          IndexName: indexName,
          KeyConditionExpression: '#shard = :shard AND #at <= :until',
          ExpressionAttributeNames: { '#shard': partitionKey, '#at': sortKey },
          ExpressionAttributeValues: { ':shard': { S: String(shard) }, ':until': { S: until } },
          Limit: limit,
        }),
        { abortSignal: signal },
      ),
    ),
  )
  const items = shards
    .flatMap(({ Items = [] }) => Items)
    .sort((one, other) => (dueAt(one) < dueAt(other) ? -1 : 1))
  const hasMore =
    items.length > limit || shards.some(({ LastEvaluatedKey }) => LastEvaluatedKey !== undefined)
  return { events: items.slice(0, limit).map(readEventRow), hasMore }
}

function dueAt(item: Item): string {
  return item[dueIndex.sortKey]?.S ?? ''
}

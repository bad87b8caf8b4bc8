import { QueryCommand } from '@aws-sdk/client-dynamodb'
import { earlierRunAttributes } from './event-item.ts'
import { type EventRow, readEventRow } from './event-row.ts'
import type { EventTableDeps } from './event-table.ts'
import { InvalidCursor } from './feed-cursor.ts'

export interface HistoryPage {
  /** In event order: by when Smokeball says that they happened. */
  events: EventRow[]
  /** For the next page; undefined when there is none. */
  cursor: string | undefined
}

const attributes = ['pk', 'sk', ...earlierRunAttributes]

/** One resource's events, with what their handlers failed with and without their bodies. Throws `InvalidCursor`. */
export async function readHistory(
  { client, tableName }: EventTableDeps,
  of: { resourceKey: string; limit: number; cursor?: string | undefined; oldestFirst?: boolean },
  signal: AbortSignal,
): Promise<HistoryPage> {
  const pk = { S: of.resourceKey }
  const query = new QueryCommand({
    TableName: tableName,
    KeyConditionExpression: 'pk = :pk AND begins_with(sk, :event)',
    ExpressionAttributeValues: { ':pk': pk, ':event': { S: 'event#' } },
    ProjectionExpression: attributes.map((name) => `#${name}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
    ScanIndexForward: of.oldestFirst === true,
    ConsistentRead: true,
    Limit: of.limit,
    ...(of.cursor !== undefined && { ExclusiveStartKey: { pk, sk: { S: sortKeyOf(of.cursor) } } }),
  })
  const { Items = [], LastEvaluatedKey } = await client.send(query, { abortSignal: signal })
  return { events: Items.map(readEventRow), cursor: cursorOf(LastEvaluatedKey?.sk?.S) }
}

/** An event's sort key, as text for a command line: `0638…-3f5a…`. */
function cursorOf(sortKey: string | undefined): string | undefined {
  return sortKey?.split('#').slice(1).join('-')
}

function sortKeyOf(cursor: string): string {
  if (!/^\d{19}-[0-9a-f]{32}$/.test(cursor)) throw new InvalidCursor(cursor)
  return `event#${cursor.replace('-', '#')}`
}

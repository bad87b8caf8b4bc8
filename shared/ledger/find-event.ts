import { QueryCommand, type QueryCommandInput, type QueryCommandOutput } from '@aws-sdk/client-dynamodb'
import { feedAtOf, feedIndex, feedShardOf } from './event-indexes.ts'
import { type EventRow, readEventRow } from './event-row.ts'
import type { EventTableDeps } from './event-table.ts'

/** `not-lately`: no event of this id came in that time. An older event is found only by its full reference. */
export type FoundEvent =
  | { kind: 'found'; event: EventRow }
  | { kind: 'several'; events: EventRow[] }
  | { kind: 'absent' }
  | { kind: 'not-lately'; sinceEpochMs: number }

/** Pages of up to 1 MB each: some 50,000 events of one shard. */
export const usualPages = 20

/**
 * Finds an event by its reference with one query; by an id, or how it begins, by searching one shard of the feed from the
 * newest on, up to so many pages. So it does by a reference that names no place: a log line of a copy tells when the copy was
 * received.
 */
export async function findEvent(
  deps: EventTableDeps,
  reference: Reference,
  signal: AbortSignal,
  limits: { maxPages?: number; rowsAPage?: number } = {},
): Promise<FoundEvent> {
  if (reference.kind === 'place') {
    const found = foundIn((await query(deps, atPlace(reference), signal)).events)
    return found.kind === 'absent' ? findEvent(deps, byDigits(reference), signal, limits) : found
  }
  const { maxPages = usualPages, rowsAPage } = limits
  let next: QueryCommandOutput['LastEvaluatedKey']
  for (let page = 0; page < maxPages; page++) {
    const { events, ...read } = await query(
      deps,
      { ...withId(reference), Limit: rowsAPage, ExclusiveStartKey: next },
      signal,
    )
    const found = events.filter(({ eventId }) => eventId.startsWith(reference.idPrefix))
    if (found.length > 0) return foundIn(found)
    next = read.next
    if (!next) return { kind: 'absent' }
  }
  return { kind: 'not-lately', sinceEpochMs: Number(next?.feedAt?.S?.split('#')[0]) }
}

function foundIn(events: EventRow[]): FoundEvent {
  const [event, ...others] = events
  if (!event) return { kind: 'absent' }
  return others.length > 0 ? { kind: 'several', events } : { kind: 'found', event }
}

function byDigits({ feedShard, feedAt }: Extract<Reference, { kind: 'place' }>): Reference {
  return { kind: 'id', feedShard, idPrefix: feedAt.split('#')[1] ?? '' }
}

type Question = Partial<QueryCommandInput>

function atPlace({ feedShard, feedAt }: Extract<Reference, { kind: 'place' }>): Question {
  return {
    KeyConditionExpression: '#shard = :shard AND #at = :at',
    ExpressionAttributeNames: { '#shard': feedIndex.partitionKey, '#at': feedIndex.sortKey },
    ExpressionAttributeValues: { ':shard': { S: feedShard }, ':at': { S: feedAt } },
  }
}

/** The sort key ends with the id. Its ticks may look the same, so what is found is looked at again. */
function withId({ feedShard, idPrefix }: Extract<Reference, { kind: 'id' }>): Question {
  return {
    KeyConditionExpression: '#shard = :shard',
    FilterExpression: 'contains(#sk, :id)',
    ExpressionAttributeNames: { '#shard': feedIndex.partitionKey, '#sk': 'sk' },
    ExpressionAttributeValues: { ':shard': { S: feedShard }, ':id': { S: `#${idPrefix}` } },
    ScanIndexForward: false,
  }
}

async function query(
  { client, tableName }: EventTableDeps,
  question: Question,
  signal: AbortSignal,
): Promise<{ events: EventRow[]; next: QueryCommandOutput['LastEvaluatedKey'] }> {
  const command = new QueryCommand({ TableName: tableName, IndexName: feedIndex.indexName, ...question })
  const { Items = [], LastEvaluatedKey } = await client.send(command, { abortSignal: signal })
  return { events: Items.map(readEventRow), next: LastEvaluatedKey }
}

/** Where an event is to be looked for: at its place in the feed, or in a shard of it, by how its id begins. */
export type Reference =
  | { kind: 'place'; feedShard: string; feedAt: string }
  | { kind: 'id'; feedShard: string; idPrefix: string }

/** Takes references, event ids, and their beginnings from 8 digits on, as log lines show them. Undefined for any other text. */
export function parseReference(text: string): Reference | undefined {
  const given = text.trim().toLowerCase()
  if (/^[0-9a-f]{8,32}$/.test(given)) return { kind: 'id', feedShard: feedShardOf(given), idPrefix: given }
  const [, received = '', digits = ''] = /^([0-9a-z]{1,9})-([0-9a-f]{8})$/.exec(given) ?? []
  if (digits === '') return undefined
  const feedAt = feedAtOf(Number.parseInt(received, 36), digits)
  return { kind: 'place', feedShard: feedShardOf(digits), feedAt }
}

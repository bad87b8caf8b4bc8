import { DeleteItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { isWritten, itemIsThere } from '../ledger/event-table.ts'
import type { Item } from '../ledger/ledger-item.ts'
import { unfinishedMs } from '../ledger/retention.ts'
import { type TableLock, tableLock } from '../ledger/table-lock.ts'
import { type AsideDeps, type AsideKey, asidePartitions, keyOf } from './aside.ts'
import { keepParts } from './keep-parts.ts'
import type { PlacedMessage } from './placed-message.ts'
import { asidePrefix } from './stored-body.ts'

/** A message that was put aside, as the table holds it. */
export interface AsideMessage extends PlacedMessage, AsideKey {
  putAsideEpochMs: number
  /** How often the queue refused it for what it is. */
  refusals: number
}

/** How much is put aside. */
export interface AsideSurvey {
  /** At least so many: a page of 1 MB of each partition is counted. */
  count: number
  /** There are more than were counted. */
  hasMore: boolean
  /** When the oldest was put aside, in milliseconds since 1970; undefined without any. */
  oldestEpochMs: number | undefined
}

/** What was put aside, for whoever brings it in: one process at a time, by the lock. */
export interface AsideStore extends TableLock {
  /** The oldest messages of a partition, at most ten. `after`: of those behind this sort key. @default of all */
  oldest(partition: string, signal: AbortSignal, after?: string): Promise<AsideMessage[]>
  /** Its queue has it: what is here goes, and its parts stay as long as an event that is not finished. */
  remove(message: AsideMessage, signal: AbortSignal): Promise<void>
  /** Its queue refused it for what it is. Does nothing if it was purged meanwhile. */
  countRefusal(message: AsideMessage, signal: AbortSignal): Promise<void>
  survey(signal: AbortSignal): Promise<AsideSurvey>
}

/** Items of up to 300 KB: a page of a query is 1 MB. */
const atOnce = 10
/** Each sort key is after it. */
const beforeAll = '0'

export function dynamodbAsideStore({
  client,
  tableName: TableName,
  now,
}: Omit<AsideDeps, 'randomId'>): AsideStore {
  const query = (partition: string, after: string) => ({
    TableName,
    KeyConditionExpression: '#pk = :pk AND #sk > :after',
    ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk' },
    ExpressionAttributeValues: { ':pk': { S: partition }, ':after': { S: after } },
    ConsistentRead: true,
  })

  /** A page of 1 MB of a partition, bodies included, of which the keys come back. */
  async function surveyOf(partition: string, abortSignal: AbortSignal) {
    const ask = new QueryCommand({ ...query(partition, beforeAll), ProjectionExpression: '#sk' })
    const { Items = [], LastEvaluatedKey } = await client.send(ask, { abortSignal })
    const times = Items.map(({ sk }) => putAsideEpochMs(sk?.S ?? ''))
    return { times, hasMore: LastEvaluatedKey !== undefined }
  }

  return {
    async oldest(partition, abortSignal, after = beforeAll) {
      const ask = new QueryCommand({ ...query(partition, after), Limit: atOnce })
      const { Items = [] } = await client.send(ask, { abortSignal })
      return Items.map(readAside)
    },
    async remove(message, abortSignal) {
      await keepParts({ client, tableName: TableName, now }, message.attributes, unfinishedMs, abortSignal)
      await client.send(new DeleteItemCommand({ TableName, Key: keyOf(message) }), { abortSignal })
    },
    async countRefusal(message, abortSignal) {
      const update = new UpdateItemCommand({
        TableName,
        Key: keyOf(message),
        UpdateExpression: 'ADD #refusals :one',
        ConditionExpression: itemIsThere,
        ExpressionAttributeNames: { '#pk': 'pk', '#refusals': 'refusals' },
        ExpressionAttributeValues: { ':one': { N: '1' } },
      })
      await isWritten({ client }, update, abortSignal)
    },
    async survey(signal) {
      const found = await Promise.all(asidePartitions.map((partition) => surveyOf(partition, signal)))
      const times = found.flatMap((each) => each.times)
      return {
        count: times.length,
        hasMore: found.some(({ hasMore }) => hasMore),
        oldestEpochMs: times.length === 0 ? undefined : Math.min(...times),
      }
    },
    ...tableLock({ client, tableName: TableName, now }, lockKey),
  }
}

const lockKey: Item = { pk: { S: `${asidePrefix}lock` }, sk: { S: 'lock' } }

/** Thirteen digits until 2286. */
function putAsideEpochMs(sortKey: string): number {
  return Number(sortKey.slice(0, sortKey.indexOf('#')))
}

function readAside(item: Item): AsideMessage {
  const sortKey = item.sk?.S ?? ''
  return {
    partition: item.pk?.S ?? '',
    sortKey,
    putAsideEpochMs: putAsideEpochMs(sortKey),
    refusals: Number(item.refusals?.N ?? 0),
    queue: item.queue?.S === 'deadLetters' ? 'deadLetters' : 'events',
    groupId: item.groupId?.S ?? '',
    deduplicationId: item.deduplicationId?.S ?? '',
    body: item.body?.S ?? '',
    attributes: Object.fromEntries(
      Object.entries(item.attributes?.M ?? {}).map(([name, value]) => [name, value.S ?? '']),
    ),
  }
}

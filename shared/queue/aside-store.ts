import { DeleteItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { Item } from '../ledger/ledger-item.ts'
import {
  type AsideDeps,
  type AsideKey,
  asidePartitions,
  asidePrefix,
  keyOf,
  partKey,
  readStored,
  ttlOf,
} from './aside.ts'
import type { PlacedMessage } from './placed-message.ts'

/** A message that was put aside, as the table holds it. */
export interface AsideMessage extends PlacedMessage, AsideKey {
  putAsideEpochMs: number
  /** How often the queue refused it for what it is. */
  refusals: number
}

/** How much is put aside. */
export interface AsideSurvey {
  count: number
  /** There are more than were counted. */
  hasMore: boolean
  /** When the oldest was put aside, in milliseconds since 1970; undefined without any. */
  oldestEpochMs: number | undefined
}

/** What was put aside, for whoever brings it in. */
export interface AsideStore {
  /** The oldest messages of a partition, at most so many. */
  oldest(partition: string, atMost: number, signal: AbortSignal): Promise<AsideMessage[]>
  /** Its queue has it: what is here goes, and its parts stay as long as an event that is not finished. */
  remove(message: AsideMessage, signal: AbortSignal): Promise<void>
  /** Its queue refused it for what it is. */
  countRefusal(message: AsideMessage, signal: AbortSignal): Promise<void>
  survey(signal: AbortSignal): Promise<AsideSurvey>
  /** Becomes the only one that brings in, until the time given; false while another is. */
  lock(untilEpochMs: number, signal: AbortSignal): Promise<boolean>
  /** Lets another bring in before that time. */
  unlock(untilEpochMs: number, signal: AbortSignal): Promise<void>
}

export function dynamodbAsideStore({
  client,
  tableName: TableName,
  now,
}: Omit<AsideDeps, 'randomId'>): AsideStore {
  const query = (partition: string) => ({
    TableName,
    KeyConditionExpression: '#pk = :pk',
    ExpressionAttributeNames: { '#pk': 'pk' },
    ExpressionAttributeValues: { ':pk': { S: partition } },
    ConsistentRead: true,
  })

  /** A page of 1 MB of a partition: keys alone come back. */
  async function surveyOf(partition: string, abortSignal: AbortSignal) {
    const ask = new QueryCommand({ ...query(partition), ProjectionExpression: 'sk' })
    const { Items = [], LastEvaluatedKey } = await client.send(ask, { abortSignal })
    const times = Items.map(({ sk }) => putAsideEpochMs(sk?.S ?? ''))
    return { times, hasMore: LastEvaluatedKey !== undefined }
  }

  return {
    async oldest(partition, atMost, abortSignal) {
      const found = await client.send(new QueryCommand({ ...query(partition), Limit: atMost }), {
        abortSignal,
      })
      return (found.Items ?? []).map(readAside)
    },
    async remove(message, abortSignal) {
      const { id, parts } = readStored(message.attributes) ?? { id: '', parts: 0 }
      const kept = Array.from({ length: parts }, (_, part) =>
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: partKey(id, part),
            UpdateExpression: 'SET #ttl = :ttl',
            ExpressionAttributeNames: { '#ttl': 'ttl' },
            ExpressionAttributeValues: { ':ttl': ttlOf(now()).ttl },
          }),
          { abortSignal },
        ),
      )
      await Promise.all(kept)
      await client.send(new DeleteItemCommand({ TableName, Key: keyOf(message) }), { abortSignal })
    },
    async countRefusal(message, abortSignal) {
      const update = new UpdateItemCommand({
        TableName,
        Key: keyOf(message),
        UpdateExpression: 'ADD #refusals :one',
        ExpressionAttributeNames: { '#refusals': 'refusals' },
        ExpressionAttributeValues: { ':one': { N: '1' } },
      })
      await client.send(update, { abortSignal })
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
    async lock(untilEpochMs, abortSignal) {
      const update = new UpdateItemCommand({
        TableName,
        Key: lockKey,
        UpdateExpression: 'SET #until = :until',
        ConditionExpression: 'attribute_not_exists(#until) OR #until < :now',
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: { ':until': { N: String(untilEpochMs) }, ':now': { N: String(now()) } },
      })
      try {
        await client.send(update, { abortSignal })
        return true
      } catch (error) {
        if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false
        throw error
      }
    },
    async unlock(untilEpochMs, abortSignal) {
      const free = new DeleteItemCommand({
        TableName,
        Key: lockKey,
        ConditionExpression: '#until = :until',
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: { ':until': { N: String(untilEpochMs) } },
      })
      await client.send(free, { abortSignal })
    },
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

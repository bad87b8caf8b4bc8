import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { type EventTableDeps, getItem } from './event-table.ts'
import type { Item } from './ledger-item.ts'
import { expiry } from './retention.ts'

/** Longer than a queue holds a message. */
const keptMs = 15 * 86_400_000

/**
 * Marks of messages that are being worked on, from their third receive on: what is left of one tells of a worker that died,
 * also before it could claim anything. Receives tell nothing: a store that fails for a minute makes five of them.
 */
export interface OpenedMarks {
  /** How often work on the message was begun and not ended. */
  count(messageId: string, signal: AbortSignal): Promise<number>
  /** Counts this one, and returns how many there are with it. */
  raise(messageId: string, signal: AbortSignal): Promise<number>
  /** The work has ended, whatever it came to. */
  remove(messageId: string, signal: AbortSignal): Promise<void>
}

interface OpenedMarksDeps extends EventTableDeps {
  /** Milliseconds since 1970. */
  now(): number
}

export function dynamodbOpenedMarks(deps: OpenedMarksDeps): OpenedMarks {
  const { client, tableName: TableName } = deps
  return {
    count: async (messageId, signal) => countIn(await getItem(deps, keyOf(messageId), signal)),
    async raise(messageId, abortSignal) {
      const update = new UpdateItemCommand({
        TableName,
        Key: keyOf(messageId),
        UpdateExpression: 'SET #ttl = :ttl ADD #count :one',
        ExpressionAttributeNames: { '#ttl': 'ttl', '#count': 'n' },
        ExpressionAttributeValues: {
          ':ttl': { N: String(expiry(deps.now(), keptMs)) },
          ':one': { N: '1' },
        },
        ReturnValues: 'ALL_OLD',
      })
      return countIn((await client.send(update, { abortSignal })).Attributes) + 1
    },
    async remove(messageId, abortSignal) {
      await client.send(new DeleteItemCommand({ TableName, Key: keyOf(messageId) }), { abortSignal })
    },
  }
}

function keyOf(messageId: string): Item {
  return { pk: { S: `opened#${messageId}` }, sk: { S: 'opened' } }
}

function countIn(item: Item | undefined): number {
  return Number(item?.n?.N ?? 0)
}

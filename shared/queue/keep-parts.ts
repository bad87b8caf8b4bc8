import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { type EventTableDeps, isWritten, itemIsThere } from '../ledger/event-table.ts'
import { expiry } from '../ledger/retention.ts'
import type { MessageAttributes } from './message.ts'
import { partKeys } from './stored-body.ts'

/**
 * Has the parts of a message's body expire after so long from now, as far as they are there. Throws `BodyGone` if the message does
 * not say where they are, and when the table fails.
 */
export async function keepParts(
  { client, tableName, now }: EventTableDeps & { now(): number },
  attributes: MessageAttributes,
  keptMs: number,
  signal: AbortSignal,
): Promise<void> {
  const renewals = partKeys(attributes).map((Key) => {
    const renew = new UpdateItemCommand({
      TableName: tableName,
      Key,
      UpdateExpression: 'SET #ttl = :ttl',
      ConditionExpression: itemIsThere,
      ExpressionAttributeNames: { '#pk': 'pk', '#ttl': 'ttl' },
      ExpressionAttributeValues: { ':ttl': { N: String(expiry(now(), keptMs)) } },
    })
    return isWritten({ client }, renew, signal)
  })
  await Promise.all(renewals)
}

import { type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { readEnvelope } from '../../shared/event/envelope.ts'
import { eventSortKey, readEarlierRun } from '../../shared/ledger/event-item.ts'
import type { EarlierRun } from '../../shared/ledger/event-record.ts'

/** What the table says of a notification; undefined when it knows nothing. */
export async function eventRecord(
  dynamodb: DynamoDBClient,
  TableName: string,
  notification: string,
): Promise<EarlierRun | undefined> {
  const envelope = readEnvelope(notification)
  const Key = { pk: { S: envelope.resourceKey }, sk: { S: eventSortKey(envelope) } }
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))
  return Item && readEarlierRun(Item, envelope)
}

import {
  ConditionalCheckFailedException,
  type DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  type PutItemCommand,
  type UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { type Item, type LedgerItem, ledgerKey, noLedger, readLedgerItem } from './ledger-item.ts'
import type { SeenActions } from './ledger-slots.ts'

/** The event table, as all that reads and writes it works with it. */
export interface EventTableDeps {
  client: Pick<DynamoDBClient, 'send'>
  tableName: string
}

/** Reads an item of the event table consistently: all of it, or these attributes. Undefined if it is not there. */
export async function getItem(
  { client, tableName }: EventTableDeps,
  key: Item,
  signal: AbortSignal | undefined,
  attributes?: readonly string[],
): Promise<Item | undefined> {
  const command = new GetItemCommand({
    TableName: tableName,
    Key: key,
    ConsistentRead: true,
    ...(attributes && {
      ProjectionExpression: attributes.map((name) => `#${name}`).join(', '),
      ExpressionAttributeNames: Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
    }),
  })
  return (await client.send(command, { ...(signal && { abortSignal: signal }) })).Item
}

/** A resource's ledger; undefined when no event of the resource was ever claimed, or none for longer than ledgers are kept. */
export async function readLedger(
  deps: EventTableDeps,
  resourceKey: string,
  signal: AbortSignal,
): Promise<LedgerItem | undefined> {
  return readLedgerItem(await getItem(deps, ledgerKey(resourceKey), signal))
}

/** What was seen of a resource; nothing where it has no ledger. */
export async function readSeen(
  deps: EventTableDeps,
  resourceKey: string,
  signal: AbortSignal,
): Promise<SeenActions> {
  return (await readLedger(deps, resourceKey, signal))?.seen ?? noLedger.seen
}

/** The condition of a write that changes an item and makes none. `#pk` is the name of its partition key. */
export const itemIsThere = 'attribute_exists(#pk)'

/** Sends a conditional write; false when its condition failed. Throws when the table fails. */
export async function isWritten(
  { client }: Pick<EventTableDeps, 'client'>,
  command: PutItemCommand | UpdateItemCommand | DeleteItemCommand,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    await client.send(command as PutItemCommand, { ...(signal && { abortSignal: signal }) })
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

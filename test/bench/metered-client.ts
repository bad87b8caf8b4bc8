import {
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { table } from '../../infra/settings/topology.ts'
import { feedEntry, type Item, writeUnits } from './item-size.ts'

/** What one write costs. */
export interface MeteredWrite {
  kind: 'ledger' | 'event' | 'body'
  units: number
  indexUnits: number
  item: Item | undefined
}

/**
 * A client that notes what each write would cost on AWS: it reads the item before and after. A write costs the larger
 * of the two, a failed condition too (with what it tried to write, the dearer of AWS's two accounts of it); the index
 * costs only what changes there, twice if its key does.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
 */
export function meteredClient(client: DynamoDBClient) {
  const writes: MeteredWrite[] = []
  const read = async (TableName: string | undefined, Key: Item) =>
    (await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item
  const send = async (command: unknown, options: unknown) => {
    const run = () => client.send(command as PutItemCommand, options as object)
    if (!(command instanceof PutItemCommand || command instanceof UpdateItemCommand)) return run()
    const key = keyOf(command)
    const before = await read(command.input.TableName, key)
    let failure: unknown
    const answer = await run().catch((error: unknown) => {
      failure = error
    })
    const after = failure ? attempted(command, before) : await read(command.input.TableName, key)
    writes.push({
      kind: kindOf(key),
      units: Math.max(1, writeUnits(before), writeUnits(after)),
      indexUnits: failure ? 0 : indexUnits(feedEntry(before), feedEntry(after)),
      item: after,
    })
    if (failure) throw failure
    return answer
  }
  return { client: { send } as unknown as Pick<DynamoDBClient, 'send'>, writes }
}

function keyOf(command: PutItemCommand | UpdateItemCommand): Item {
  const { partitionKey, sortKey } = table
  const from: Item =
    (command instanceof PutItemCommand ? command.input.Item : command.input.Key) ?? ({} as Item)
  const key: Item = {}
  for (const name of [partitionKey, sortKey]) if (from[name]) key[name] = from[name]
  return key
}

function kindOf(key: Item): MeteredWrite['kind'] {
  const [kind] = (key[table.sortKey]?.S ?? '').split('#')
  return kind === 'event' || kind === 'body' ? kind : 'ledger'
}

/** At most what the write would have made of the item: its values beside those that are there. */
function attempted(command: PutItemCommand | UpdateItemCommand, before: Item | undefined): Item | undefined {
  return command instanceof PutItemCommand
    ? command.input.Item
    : { ...before, ...command.input.ExpressionAttributeValues }
}

function indexUnits(before: Item | undefined, after: Item | undefined): number {
  if (JSON.stringify(before) === JSON.stringify(after)) return 0
  const { partitionKey, sortKey } = table.feed
  const moved = [partitionKey, sortKey].some((name) => before?.[name]?.S !== after?.[name]?.S)
  return before && after && !moved
    ? Math.max(writeUnits(before), writeUnits(after))
    : writeUnits(before) + writeUnits(after)
}

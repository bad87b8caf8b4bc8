import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { close, listen } from '../../infra/http/listen.ts'
import { createTable } from '../../infra/local/engines/create-resources.ts'
import type { Item } from './item-size.ts'
import { answerFailedWithItem } from './items-of-failed-conditions.ts'

export const tableName = 'bench'
export const localCredentials = { accessKeyId: 'bench', secretAccessKey: 'bench' }
export const region = 'us-east-1'

/**
 * An embedded DynamoDB with the event table, on 127.0.0.1. `calls` grows with each request, by the operation's name. With
 * `keyOf`, which tells the key of an item that is put, a failed condition is answered with the item, as AWS does it.
 */
export async function startTable({ keyOf }: { keyOf?: (item: Item) => Item } = {}) {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  const calls: string[] = []
  server.on('request', (request) => {
    calls.push(operationOf(request.headers['x-amz-target']))
  })
  const endpoint = await listen(server)
  const client = new DynamoDBClient({ endpoint, region, credentials: localCredentials })
  await createTable(client, tableName)
  if (keyOf)
    answerFailedWithItem(server, async ({ TableName, Key, Item }) => {
      const command = new GetItemCommand({ TableName, Key: Key ?? keyOf(Item ?? {}), ConsistentRead: true })
      return (await client.send(command)).Item
    })
  return {
    client,
    endpoint,
    calls,
    async stop() {
      client.destroy()
      await close(server)
    },
  }
}

/** `DynamoDB_20120810.PutItem` → `PutItem` */
export function operationOf(target: string | string[] | undefined): string {
  return String(target).split('.').at(-1) ?? ''
}

import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { close, listen } from '../../infra/http/listen.ts'
import { createTable } from '../../infra/local/engines/create-resources.ts'
import { answerFailedWithItem } from './items-of-failed-conditions.ts'

export const tableName = 'bench'
export const localCredentials = { accessKeyId: 'bench', secretAccessKey: 'bench' }
export const region = 'us-east-1'

/**
 * An embedded DynamoDB with the event table, on 127.0.0.1. `calls` grows with each request, by the operation's name. With
 * `itemOnFailure`, a failed condition is answered with its item, as AWS does it; until it stops, this holds for other tables
 * of the process, too.
 */
export async function startTable({ itemOnFailure = false } = {}) {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  const calls: string[] = []
  server.on('request', (request) => {
    calls.push(operationOf(request.headers['x-amz-target']))
  })
  const endpoint = await listen(server)
  const client = new DynamoDBClient({ endpoint, region, credentials: localCredentials })
  await createTable(client, tableName)
  const endFailuresWithItem = itemOnFailure ? answerFailedWithItem() : undefined
  return {
    client,
    endpoint,
    calls,
    async stop() {
      endFailuresWithItem?.()
      client.destroy()
      await close(server)
    },
  }
}

/** `DynamoDB_20120810.PutItem` → `PutItem` */
export function operationOf(target: string | string[] | undefined): string {
  return String(target).split('.').at(-1) ?? ''
}

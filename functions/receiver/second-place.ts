import { randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { type Aside, dynamodbAside } from '../../shared/queue/aside.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { clientDefaults } from '../../shared/runtime/environment.ts'

/**
 * The table that takes what no queue takes. It is a file of its own beside the bundle, which is loaded when a queue fails for
 * the first time: the DynamoDB client is most of it.
 */
export function secondPlace({ tableName, config }: { tableName: string; config: object | undefined }): Aside {
  const client = new DynamoDBClient({ ...clientDefaults, ...config })
  return dynamodbAside({ client, tableName, now: systemClock.now, randomId: randomUUID })
}

import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll } from 'vitest'
import { type Engines, startEngines } from '../../infra/local/engines/engines.ts'
import { tableName } from '../../infra/operate/local-account.ts'
import { simulatedDynamodb } from '../simulation/simulated-dynamodb.ts'
import { ledgerContract } from './ledger-contract.ts'

let engines: Engines
let client: DynamoDBClient

beforeAll(async () => {
  engines = await startEngines({ consumerTimeoutMs: 30_000 })
  client = new DynamoDBClient(engines.dynamodbConfig)
})
afterAll(async () => {
  client.destroy()
  await engines.stop()
})

ledgerContract('dynalite', () => ({ client, tableName }))

for (const itemOnFailure of [true, false]) {
  const simulated = simulatedDynamodb({ itemOnFailure })
  const name = `the simulated DynamoDB, ${itemOnFailure ? 'with' : 'without'} the item of a failed condition`
  ledgerContract(name, () => ({ client: simulated.client, tableName: 'events' }))
}

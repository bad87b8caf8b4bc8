import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Engines, startEngines } from '../../../infra/local/engines/engines.ts'
import { tableName } from '../../../infra/operate/local-account.ts'
import { keptRequestId } from '../../../shared/event/event-identity.ts'
import { InvalidApiCall } from '../../../shared/smokeball-api/api-errors.ts'
import { recordedWrites } from '../../../shared/smokeball-api/recorded-writes.ts'

let engines: Engines
let client: DynamoDBClient
const { signal } = new AbortController()

beforeAll(async () => {
  engines = await startEngines({ consumerTimeoutMs: 30_000 })
  client = new DynamoDBClient(engines.dynamodbConfig)
})
afterAll(async () => {
  client.destroy()
  await engines.stop()
})

const write = {
  requestId: 'aaaaaaaa-0000-8000-844a-acee5298668b',
  accountId: 'firm',
  method: 'PUT',
  path: '/matters/1',
  atEpochMs: Date.UTC(2026, 10, 23),
}

it('finds a write by its RequestId, in upper case too, with what made it', async () => {
  const { recordWrite, readWrite } = recordedWrites({ client, tableName })
  const whole = {
    ...write,
    handler: 'sync',
    eventId: 'e1',
    resource: 'firm|matter|1',
    reference: 'r'.repeat(256),
  }
  await recordWrite(whole, signal)
  expect(await readWrite(write.requestId, signal)).toEqual(whole)
  expect(await readWrite(write.requestId.toUpperCase(), signal)).toMatchObject({ reference: whole.reference })
})

it('keeps a write for 7 days, apart from all else in the table', async () => {
  await recordedWrites({ client, tableName }).recordWrite(write, signal)
  const Key = { pk: { S: `write|${write.requestId}` }, sk: { S: 'write' } }
  const { Item } = await client.send(new GetItemCommand({ TableName: tableName, Key }))
  expect(Item?.ttl?.N).toBe(String(Date.UTC(2026, 10, 30) / 1000))
  expect(Object.keys(Item ?? {}).toSorted()).toEqual([
    ...['accountId', 'at', 'method', 'path', 'pk', 'sk', 'ttl'],
  ])
})

it("knows nothing of anybody else's", async () => {
  const { readWrite } = recordedWrites({ client, tableName })
  expect(await readWrite('38583489-09c4-49ef-b58c-ef1b34208cca', signal)).toBeUndefined()
  expect(await readWrite('', signal)).toBeUndefined()
})

it('cuts a path, and an account, that no item should hold', async () => {
  const { recordWrite, readWrite } = recordedWrites({ client, tableName })
  await recordWrite({ ...write, path: `/${'x'.repeat(5_000)}`, accountId: 'x'.repeat(500_000) }, signal)
  const found = await readWrite(write.requestId, signal)
  expect([found?.path.length, found?.accountId.length]).toEqual([1_024, 1_024])
})

it.each([
  ['of 2,100 characters', 'Ab'.repeat(1_050)],
  ['that grows in lower case', 'İ'.repeat(42)],
  ['that shrinks in lower case', '\u212a'.repeat(30)],
  ['of half characters', '\ud800'.repeat(300)],
])('finds a write by a RequestId %s, as its event brings it', async (_, requestId) => {
  const { recordWrite, readWrite } = recordedWrites({ client, tableName })
  expect(await readWrite(requestId, signal)).toBeUndefined()
  await recordWrite({ ...write, requestId }, signal)
  expect(await readWrite(requestId, signal)).toMatchObject({ path: write.path })
  expect(await readWrite(keptRequestId(requestId), signal)).toMatchObject({ path: write.path })
  expect(await readWrite(`${requestId}x`, signal)).toBeUndefined()
})

it.each(['r'.repeat(257), 7])('refuses a reference that is too long or no text', async (reference) => {
  const { recordWrite } = recordedWrites({ client, tableName })
  const wrong = { ...write, reference: reference as string }
  await expect(recordWrite(wrong, signal)).rejects.toThrow(InvalidApiCall)
})

it('fails when the table does', async () => {
  const { recordWrite, readWrite } = recordedWrites({ client, tableName: 'nowhere' })
  await expect(recordWrite(write, signal)).rejects.toThrow()
  await expect(readWrite('x', signal)).rejects.toThrow()
})

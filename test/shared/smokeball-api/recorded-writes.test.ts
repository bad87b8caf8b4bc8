import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Engines, startEngines } from '../../../infra/local/engines/engines.ts'
import { tableName } from '../../../infra/operate/local-account.ts'
import { keptRequestId, resourceKey } from '../../../shared/event/event-identity.ts'
import { InvalidApiCall } from '../../../shared/smokeball-api/api-errors.ts'
import { recordedWrites, writtenResource } from '../../../shared/smokeball-api/recorded-writes.ts'

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
    ...['accountId', 'at', 'dueAt', 'dueShard', 'method', 'path', 'pk', 'sk', 'ttl'],
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
  const { recordWrite, readWrite, lastWriteTo } = recordedWrites({ client, tableName: 'nowhere' })
  await expect(recordWrite(write, signal)).rejects.toThrow()
  await expect(readWrite('x', signal)).rejects.toThrow()
  await expect(lastWriteTo('firm|matter|1', always, signal)).rejects.toThrow()
})

const always = { fromEpochMs: 0, untilEpochMs: Date.UTC(2100, 0) }

it('finds the last write to a resource within a time', async () => {
  const { recordWrite, lastWriteTo } = recordedWrites({ client, tableName })
  const made = (nth: number, path: string, accountId = 'firm-7') =>
    recordWrite(
      { ...write, requestId: `${nth}AAAAAAA-0000`, accountId, path, atEpochMs: 1_000 + nth * 10 },
      signal,
    )
  await made(1, '/contacts/c 1')
  await made(2, '/contacts/c%201?x=1')
  await made(3, '/contacts/c%201')
  await made(4, '/contacts/other')
  await made(5, '/contacts/c%201', 'another firm')
  await made(6, '/contacts')
  const last = (from: number, until: number) =>
    lastWriteTo('firm-7|contact|c%201', { fromEpochMs: from, untilEpochMs: until }, signal)
  expect(await last(0, 5_000)).toEqual({ requestId: '3aaaaaaa-0000', atEpochMs: 1_030 })
  expect(await last(1_010, 1_029)).toEqual({ requestId: '2aaaaaaa-0000', atEpochMs: 1_020 })
  expect(await last(1_010, 1_010)).toMatchObject({ requestId: '1aaaaaaa-0000' })
  expect(await last(-10, 1_009)).toBeUndefined()
  expect(await last(1_031, 9e12)).toBeUndefined()
})

it.each([
  ['/matters/m', 'matter', 'm'],
  ['/contacts/a%2Fb', 'contact', 'a/b'],
  ['/tasks/t?x=/contacts/c', 'task', 't'],
  ['/events/e#part', 'event', 'e'],
  ['/matters/m/memos/x', 'memo', 'x'],
  ['/matters/m/documents/files', 'files', 'm'],
  ['/matters/m/documents/files/f', 'files', 'm'],
])('knows what a write of %s changes', (path, kind, id) => {
  expect(writtenResource('firm', path)).toBe(resourceKey('firm', kind, id))
})

it.each(['/contacts', '/matters/m/fees/f', '/matters/m/memos', '/matters/m/roles/r', '/webhooks/w', '', '/'])(
  'knows of no resource that %j changes and that tells when',
  (path) => {
    expect(writtenResource('firm', path)).toBeUndefined()
  },
)

import { randomBytes, randomUUID } from 'node:crypto'
import { DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Template } from 'aws-cdk-lib/assertions'
import { beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { on } from '#webhooks'
import { secondPlace } from '../../functions/receiver/second-place.ts'
import { startFakeSmokeball } from '../../infra/fake-smokeball/start-fake-smokeball.ts'
import { tableName } from '../../infra/operate/local-account.ts'
import { readEnvelope } from '../../shared/event/envelope.ts'
import { eventAttributes, packMessage } from '../../shared/queue/message.ts'
import type { PlacedMessage } from '../../shared/queue/placed-message.ts'
import { variables } from '../../shared/runtime/environment.ts'
import { accountKey } from '../../shared/smokeball-api/account.ts'
import { apiSecretFor } from '../beside-fake.ts'
import { keyPatterns, type Statement, statementsOf } from '../infra/aws/policy-statements.ts'
import { synthesize } from '../infra/aws/synthesize.ts'
import { apiSecretId, coldStart, lambdaContext, secretId } from './cold-start.ts'
import {
  accountId,
  broughtBack,
  comeBack,
  consume,
  deadLetters,
  dynamodb,
  engines,
  later,
  message,
  received,
  start,
  statuses,
} from './consumer-world.ts'

/** A call of DynamoDB, by what IAM looks at. */
interface TableCall {
  action: string
  /** The index that a query asks; undefined for the table. */
  index: string | undefined
  partitionKey: string
}

let template: Template
beforeAll(() => {
  template = synthesize().template
})

const roles = { keeper: 'KeeperLambda', consumer: 'ConsumerLambda', receiver: 'ReceiverLambda' }
type Role = keyof typeof roles

/** What a function may do to the table. */
const ofTable = (role: Role) =>
  statementsOf(template, roles[role]).filter(({ Action }) =>
    [Action].flat().some((action) => action.startsWith('dynamodb:')),
  )

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
function isLike(text: string, pattern: string): boolean {
  const parts = pattern.split('*').map((part) => RegExp.escape(part))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text)
}

function allows(statement: Statement, { action, index, partitionKey }: TableCall): boolean {
  if (![statement.Action].flat().includes(`dynamodb:${action}`)) return false
  const resources = JSON.stringify(statement.Resource)
  if (index !== undefined) return resources.includes(`/index/${index}"`)
  if (resources.includes('/index/')) return false
  return (keyPatterns(statement) ?? ['*']).some((pattern) => isLike(partitionKey, pattern))
}

const isAllowed = (role: Role, call: TableCall) => ofTable(role).some((statement) => allows(statement, call))

let calls: TableCall[]
beforeEach(() => {
  calls = []
  const { send } = DynamoDBClient.prototype
  vi.spyOn(DynamoDBClient.prototype, 'send').mockImplementation(function (
    this: DynamoDBClient,
    ...given: unknown[]
  ) {
    calls.push(callOf(given[0] as object))
    return Reflect.apply(send, this, given)
  } as never)
})

function callOf(command: object): TableCall {
  const { input } = command as { input: Record<string, Record<string, { S?: string }>> }
  const { ':pk': pk, ':shard': shard } = input.ExpressionAttributeValues ?? {}
  const key = (input.Key ?? input.Item)?.pk ?? pk ?? shard
  if (key?.S === undefined) throw new Error(`No partition key in ${JSON.stringify(input)}`)
  const index = input.IndexName as unknown as string | undefined
  return { action: command.constructor.name.replace(/Command$/, ''), index, partitionKey: key.S }
}

/** Its body goes aside in parts. */
function largeMessage(): PlacedMessage {
  const payload = `{"id":"large","x":"${randomBytes(350_000).toString('hex')}"}`
  const text = `{"accountId":"${accountId}","subscriptionId":"s","type":"task.updated","source":"API","payload":${payload},"timestamp":1}`
  const note = { requestId: 'r', sentTicks: undefined, receivedEpochMs: Date.now(), keyFingerprint: 'f' }
  const packed = packMessage(Buffer.from(text), note)
  if (!packed) throw new Error('too long for a test')
  return {
    queue: 'events',
    groupId: 'a'.repeat(32),
    deduplicationId: randomUUID(),
    body: packed.body,
    attributes: { ...packed.attributes, ...eventAttributes(readEnvelope(text)) },
  }
}

/** The rate's item is asked for only where others call meanwhile. */
const asked = 'GetItem smokeball-api|*'

/** Every call was allowed; and there was one for each action and kind of key that is, so that none is for nothing. */
function checkCalls(role: Role): void {
  expect(calls.filter((call) => !isAllowed(role, call))).toEqual([])
  const unused = ofTable(role).flatMap((statement) =>
    [statement.Action]
      .flat()
      .flatMap((action) =>
        (keyPatterns(statement) ?? [])
          .filter(
            (like) =>
              !calls.some((call) => `dynamodb:${call.action}` === action && isLike(call.partitionKey, like)),
          )
          .map((like) => `${action.replace('dynamodb:', '')} ${like}`),
      ),
  )
  expect(unused.filter((each) => each !== asked)).toEqual([])
}

it('the functions touch those keys of the table that their roles may, and all of these', async ({
  onTestFinished,
}) => {
  const fake = await startFakeSmokeball({
    ...{ rateLimit: 'off', accounts: [accountId], undocumented: { rotatesRefreshTokens: true } },
  })
  onTestFinished(() => fake.stop())
  engines.secrets.set(apiSecretId, JSON.stringify({ requestIdKey: 'k', ...apiSecretFor(fake) }))
  engines.secrets.set(secretId, JSON.stringify({ clientId: fake.credentials.clientId, signingKey: 's' }))

  const keeper = await coldStart(() => import('../../functions/keeper/handler.ts'), engines, {
    [variables.callbackUrl]: 'http://127.0.0.1:9/smokeball',
    [variables.eventTypes]: 'contact.created contact.updated',
    [variables.subscriptionName]: 'the stack',
    [variables.catchUp]: '1',
  })
  const keep = (event: object) => keeper(event, lambdaContext(60_000))
  const aside = secondPlace({ tableName, config: engines.dynamodbConfig })
  await aside.put(largeMessage(), AbortSignal.timeout(10_000))
  checkCalls('receiver')

  calls = []
  await keep({ bringIn: true })
  const [firm] = fake.credentials.accounts
  await keep({ ...firm })
  await keep({})
  await keep({ recordWrite: { accountId, method: 'PATCH', path: '/matters/1', requestId: 'failed' } })
  const fromAside = await broughtBack()
  await keep({ catchUp: true })
  expect(await keep({ deliveriesLost: true })).toEqual({ noted: 'losses' })
  // One that no message holds.
  const note = randomBytes(1_200_000).toString('base64')
  const contact = { accountId, collection: 'contacts', id: 'lost' }
  fake.change(contact, { action: 'created', fields: { note }, isTold: false })
  await fake.settled()
  later(2 * 60 * 60_000)
  expect(await keep({ catchUp: true })).toMatchObject({ found: 1 })
  vi.useRealTimers()
  checkCalls('keeper')
  expect(await broughtBack()).toHaveLength(1)

  calls = []
  const causes: unknown[] = []
  let fails = 1
  const consumer = await start(
    [
      on('contact.updated', { name: 'write' }, async (_event, { smokeball }) => {
        const webhook = {
          key: 'k',
          name: 'n',
          eventTypes: ['error'],
          eventNotificationUrl: 'http://127.0.0.1:9/',
        }
        await smokeball.fetch('/webhooks', { method: 'POST', body: JSON.stringify(webhook) })
        if (fails-- > 0) throw new Error('once')
      }),
      on('error', { name: 'explain' }, (event) => void causes.push(event.cause)),
    ],
    { [variables.connectedAccountsOnly]: 'true' },
  )
  expect(await consume(consumer, ...fromAside)).toEqual([false])
  const first = message()
  await consume(consumer, first)
  await consume(consumer, received(first, 4), received(message({ type: 'task.updated', id: 't' }), 4))
  await comeBack(consumer, 10_000)
  await consume(consumer, message({ type: 'error', ticks: 2, requestId: 'failed' }))
  const ours = calls.length
  await dynamodb.send(new DeleteItemCommand({ TableName: tableName, Key: accountKey(accountId) }))
  calls.splice(ours)
  // By then, that it was connected is asked anew.
  later(6 * 60_000)
  await consume(consumer, message({ id: 'of a firm that is gone', ticks: 3 }))
  expect(await deadLetters()).toMatchObject([
    { attributes: { givenUp: expect.stringMatching(/^unconnected-account /) } },
  ])
  const ofAll = await start([], { [variables.connectedAccountsOnly]: '' })
  await consume(ofAll, message({ id: 'of any firm', ticks: 4 }))
  checkCalls('consumer')
  expect(await statuses()).toEqual(['handled'])
  expect(causes).toMatchObject([{ path: '/matters/1' }])
})

it.each([
  ['keeper', 'delete an event', { action: 'DeleteItem', index: undefined, partitionKey: 'firm|contact|c' }],
  ['keeper', 'write one', { action: 'PutItem', index: undefined, partitionKey: 'firm|contact|c' }],
  ['keeper', 'change a ledger', { action: 'UpdateItem', index: undefined, partitionKey: 'firm|contact|c' }],
  [
    'keeper',
    'list the events of a resource',
    { action: 'Query', index: undefined, partitionKey: 'firm|contact|c' },
  ],
  ['keeper', 'list the latest events', { action: 'Query', index: 'feed', partitionKey: '0' }],
  ['keeper', 'read a recorded write', { action: 'GetItem', index: undefined, partitionKey: 'write|id' }],
  [
    'keeper',
    'delete an account',
    { action: 'DeleteItem', index: undefined, partitionKey: 'smokeball-accounts' },
  ],
  ['keeper', 'mark a message', { action: 'UpdateItem', index: undefined, partitionKey: 'opened#id' }],
  [
    'consumer',
    'put an account in the place of another',
    { action: 'PutItem', index: undefined, partitionKey: 'smokeball-accounts' },
  ],
  ['consumer', 'delete one', { action: 'DeleteItem', index: undefined, partitionKey: 'smokeball-accounts' }],
  ['consumer', 'list them', { action: 'Query', index: undefined, partitionKey: 'smokeball-accounts' }],
  [
    'consumer',
    'change a recorded write',
    { action: 'UpdateItem', index: undefined, partitionKey: 'write|id' },
  ],
  ['consumer', 'delete an event', { action: 'DeleteItem', index: undefined, partitionKey: 'firm|contact|c' }],
  [
    'consumer',
    'set the rate back',
    { action: 'PutItem', index: undefined, partitionKey: 'smokeball-api|client' },
  ],
  [
    'consumer',
    'read what it does not know',
    { action: 'GetItem', index: undefined, partitionKey: 'another kind' },
  ],
  ['consumer', 'list what is not finished', { action: 'Query', index: 'due', partitionKey: '0' }],
  ['receiver', 'read anything', { action: 'GetItem', index: undefined, partitionKey: 'firm|contact|c' }],
  ['receiver', 'write an event', { action: 'PutItem', index: undefined, partitionKey: 'firm|contact|c' }],
  ['receiver', 'read what is aside', { action: 'GetItem', index: undefined, partitionKey: 'aside#id#0' }],
] as const)('a %s may not %s: %j', (role, _what, call) => {
  expect(isAllowed(role, call)).toBe(false)
})

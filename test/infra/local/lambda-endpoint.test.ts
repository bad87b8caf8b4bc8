import {
  GetEventSourceMappingCommand,
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { on } from '#webhooks'
import type { Local } from '../../../infra/local/local.ts'
import { startLocal } from '../../../infra/local/start-local.ts'
import { sample } from '../../../infra/smokeball/sample.ts'

const seen: string[] = []
let local: Local
let client: LambdaClient

beforeAll(async () => {
  const handlers = [
    on('matter.updated', { name: 'matters', order: 'every' }, ({ type }) => void seen.push(type)),
    on(['error', 'contact.*'], { name: 'others', order: 'every' }, ({ type }) => void seen.push(type)),
  ]
  local = await startLocal({ handlers, apiSecret: { clientId: 'of-the-api' } })
  client = new LambdaClient(local.lambda)
})
afterAll(async () => {
  client.destroy()
  await local.stop()
})

async function invoke(FunctionName: string, payload: unknown) {
  const { Payload, ...answer } = await client.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }),
  )
  return { ...answer, payload: JSON.parse(Payload?.transformToString() ?? '') }
}

const mappings = async (FunctionName: string) =>
  (await client.send(new ListEventSourceMappingsCommand({ FunctionName }))).EventSourceMappings ?? []

async function mapping() {
  const [{ UUID, State, EventSourceArn } = {}] = await mappings('consumer')
  return { UUID, State, EventSourceArn }
}

it('invokes functions and returns what they answer', async () => {
  const refused = await invoke('receiver', { headers: {}, requestContext: { http: {} } })
  expect(refused).toMatchObject({ StatusCode: 200, payload: { statusCode: 401 } })
  expect(refused.FunctionError).toBeUndefined()
  expect(await invoke('consumer', { Records: [] })).toMatchObject({ payload: { batchItemFailures: [] } })
})

it('tells a failure of a function as Lambda does', async () => {
  expect(await invoke('consumer', null)).toMatchObject({
    StatusCode: 200,
    FunctionError: 'Unhandled',
    payload: { errorType: 'TypeError', errorMessage: expect.any(String) },
  })
})

it('knows no other function, and no other way to invoke', async () => {
  const missing = { name: 'ResourceNotFoundException' }
  await expect(invoke('other', {})).rejects.toMatchObject(missing)
  await expect(mappings('other')).rejects.toMatchObject(missing)
  await expect(
    client.send(new GetEventSourceMappingCommand({ UUID: 'a0000000-0000-4000-8000-000000000000' })),
  ).rejects.toMatchObject(missing)
  await expect(
    client.send(new InvokeCommand({ FunctionName: 'keeper', InvocationType: 'Event' })),
  ).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
})

it('gives the keeper all that its environment has to name', async () => {
  const { payload } = await invoke('keeper', {})
  expect(payload.errorType).not.toBe('InvalidEnvironment')
})

it('tells what a stack tells of itself', async () => {
  expect(local.outputs).toEqual({
    CallbackUrl: local.url,
    EventTypes: 'contact.* error matter.updated',
    TableName: local.tableName,
    WebhookSecretId: 'smokeball-webhook',
    ApiSecretId: 'smokeball-api',
    EventQueueUrl: local.queueUrl,
    DeadLetterQueueUrl: local.deadLetterQueueUrl,
    DelayQueueUrl: local.delayQueueUrl,
    ReceiverName: 'receiver',
    ConsumerName: 'consumer',
    KeeperName: 'keeper',
  })
  const secrets = new SecretsManagerClient(local.secretsManager)
  const command = new GetSecretValueCommand({ SecretId: local.outputs.ApiSecretId })
  expect(JSON.parse((await secrets.send(command)).SecretString ?? '')).toEqual({
    ...{ requestIdKey: local.requestIdKey, clientId: 'of-the-api' },
  })
  secrets.destroy()
})

it('pauses the consumer: events wait in the queue until it is resumed', async () => {
  const { UUID, State, EventSourceArn } = await mapping()
  expect([State, EventSourceArn]).toEqual([
    'Enabled',
    expect.stringMatching(/^arn:aws:sqs:.*:smokeball-events\.fifo$/),
  ])
  expect(await mappings('receiver')).toEqual([])
  const update = (Enabled: boolean) => client.send(new UpdateEventSourceMappingCommand({ UUID, Enabled }))
  expect(await update(false)).toMatchObject({ UUID, State: 'Disabled' })
  expect(await client.send(new GetEventSourceMappingCommand({ UUID }))).toMatchObject({ State: 'Disabled' })
  const before = seen.length
  for (const type of ['matter.updated', 'contact.updated'])
    expect(await local.deliver(sample(type).text)).toMatchObject({ status: 200 })
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  expect([seen.length - before, await local.pending()]).toEqual([0, 2])
  expect(await update(true)).toMatchObject({ State: 'Enabled' })
  await local.settled()
  expect(seen.slice(before).sort()).toEqual(['contact.updated', 'matter.updated'])
  await expect(
    client.send(new UpdateEventSourceMappingCommand({ UUID, BatchSize: 5 })),
  ).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
})

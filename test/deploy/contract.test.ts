import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { GetQueueUrlCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { createQueues, createTable } from '../../infra/local/engines/create-resources.ts'
import { queues } from '../../infra/settings/topology.ts'
import { delayQueueContract } from '../contract/delay-queue-contract.ts'
import { ledgerContract } from '../contract/ledger-contract.ts'
import { queueContract } from '../contract/queue-contract.ts'
import { type Emulator, startEmulator } from './emulator.ts'

const ministack = inject('ministack')
const tableName = 'contract-events'

describe.skipIf(!ministack)('MiniStack', () => {
  let emulator: Emulator
  let dynamodb: DynamoDBClient
  let sqs: SQSClient
  let queueUrl: string
  let deadLetterQueueUrl: string
  let delayQueueUrl: string

  beforeAll(async () => {
    if (!ministack) return
    emulator = await startEmulator(ministack)
    dynamodb = new DynamoDBClient(emulator.client)
    sqs = new SQSClient({ ...emulator.client, md5: false })
    await Promise.all([createTable(dynamodb, tableName), createQueues(sqs, 30_000)])
    queueUrl = await urlOf(queues.events)
    deadLetterQueueUrl = await urlOf(queues.deadLetters)
    delayQueueUrl = await urlOf(queues.delayed)
  })
  afterAll(async () => {
    dynamodb?.destroy()
    sqs?.destroy()
    await emulator?.stop()
  })
  const urlOf = async (QueueName: string) =>
    (await sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl ?? ''

  ledgerContract("MiniStack's DynamoDB", () => ({ client: dynamodb, tableName }))
  queueContract("MiniStack's SQS", () => ({
    client: sqs,
    queueUrl,
    deadLetterQueueUrl,
    maxReceiveCount: queues.maxReceiveCount,
  }))
  delayQueueContract("MiniStack's SQS", () => ({ client: sqs, queueUrl, delayQueueUrl }))
})

import {
  CreateTableCommand,
  type CreateTableCommandInput,
  type DynamoDBClient,
  ResourceInUseException,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { queues, table, visibilityTimeouts } from '../../settings/topology.ts'

/** Creates the event table as it is deployed. A table from an earlier run stays as it is. */
export async function createTable(dynamodb: DynamoDBClient, TableName: string): Promise<void> {
  try {
    await dynamodb.send(new CreateTableCommand({ TableName, ...tableDefinition() }))
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error
  }
  // Before it exists it takes no items, and on a disk that may be a moment later.
  await waitUntilTableExists(
    { client: dynamodb, maxWaitTime: 10, minDelay: 0.02, maxDelay: 0.2 },
    { TableName },
  )
}

function tableDefinition(): Omit<CreateTableCommandInput, 'TableName'> {
  const { partitionKey, sortKey, feed, due } = table
  const indexes = [feed, due]
  const keys = [partitionKey, sortKey, ...indexes.flatMap((index) => [index.partitionKey, index.sortKey])]
  return {
    AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    KeySchema: keySchema(partitionKey, sortKey),
    BillingMode: 'PAY_PER_REQUEST',
    GlobalSecondaryIndexes: indexes.map((index) => ({
      IndexName: index.indexName,
      KeySchema: keySchema(index.partitionKey, index.sortKey),
      Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [...index.attributes] },
    })),
  }
}

function keySchema(hash: string, range: string): CreateTableCommandInput['KeySchema'] {
  return [
    { AttributeName: hash, KeyType: 'HASH' },
    { AttributeName: range, KeyType: 'RANGE' },
  ]
}

/**
 * Creates the queues as they are deployed. Those of an earlier run keep their messages. `consumerTimeoutMs` decides how long a
 * received message is hidden.
 */
export async function createQueues(sqs: SQSClient, consumerTimeoutMs: number): Promise<void> {
  const VisibilityTimeout = String(Math.ceil((visibilityTimeouts * consumerTimeoutMs) / 1000))
  await createQueue(sqs, queues.delayed, { VisibilityTimeout })
  const deadLetterTargetArn = await createQueue(sqs, queues.deadLetters, ofFifo)
  await createQueue(sqs, queues.events, {
    ...ofFifo,
    VisibilityTimeout,
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: queues.maxReceiveCount }),
  })
}

const ofFifo = { FifoQueue: 'true', ...queues.highThroughput }

async function createQueue(
  sqs: SQSClient,
  QueueName: string,
  own: Record<string, string>,
): Promise<string | undefined> {
  const Attributes = {
    MessageRetentionPeriod: String(queues.retentionDays * 24 * 60 * 60),
    MaximumMessageSize: String(queues.maximumMessageBytes),
    ...own,
  }
  const QueueUrl = await urlOfQueue(sqs, QueueName, Attributes)
  const made = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))
  return made.Attributes?.QueueArn
}

async function urlOfQueue(
  sqs: SQSClient,
  QueueName: string,
  Attributes: Record<string, string>,
): Promise<string | undefined> {
  try {
    return (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl
  } catch (error) {
    // It is not known by its class: fauxqs gives its name the prefix of the older protocol.
    if (!/QueueNameExists$/.test((error as Error).name)) throw error
    // An earlier run may have had another time limit.
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }))
    const changeable = Object.entries(Attributes).filter(([name]) => !Object.hasOwn(ofFifo, name))
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: Object.fromEntries(changeable) }))
    return QueueUrl
  }
}

/**
 * A consumer as Powertools' pages show the parts of one: batch over a standard queue, idempotency by event, and a conditional
 * write that keeps an older state of a resource out. It is measured, and no part of the product.
 */
import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch'
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency'
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb'
import { Logger } from '@aws-lambda-powertools/logger'
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware'
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware'
import { ConditionalCheckFailedException, DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import middy from '@middy/core'
import { parseExactly } from './parse-exactly.ts'

const { TABLE_NAME: tableName = '' } = process.env
const expiresAfterSeconds = 30 * 24 * 60 * 60

const logger = new Logger()
const metrics = new Metrics()
const dynamodb = new DynamoDBClient({})
const processor = new BatchProcessor(EventType.SQS)
const config = new IdempotencyConfig({ eventKeyJmesPath: 'id', expiresAfterSeconds })
const persistenceStore = new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client: dynamodb })

const handlers = [async (_payload: unknown) => {}, async (_payload: unknown) => {}]

interface Notification {
  accountId: string
  type: string
  payload: { id: string }
  timestamp: bigint | number
}

const handleOnce = makeIdempotent(
  async ({ notification }: { id: string; notification: Notification }) => {
    if (!(await isNewest(notification))) return { outcome: 'superseded' }
    await Promise.all(handlers.map((handle) => handle(notification.payload)))
    return { outcome: 'handled' }
  },
  { persistenceStore, config },
)

export const handler = middy(consume).use(injectLambdaContext(logger)).use(logMetrics(metrics))

async function consume(event: unknown, context: never) {
  config.registerLambdaContext(context)
  return processPartialResponse(event as never, handleRecord, processor, { context })
}

async function handleRecord({ body }: { body: string }): Promise<void> {
  // Doubles of this size are 128 ticks apart: rounded, two states of a resource could have one id, and neither would be newer.
  const notification = parseExactly(body) as Notification
  const { accountId, type, payload, timestamp } = notification
  const id = [accountId, type, payload.id, timestamp].join('|')
  const { outcome } = await handleOnce({ id, notification })
  metrics.addMetric(outcome, MetricUnit.Count, 1)
  logger.info(outcome, { type, accountId, resource: payload.id })
}

/** Whether nothing newer of the resource was seen; if so, this is the newest from now on. */
async function isNewest({ accountId, payload, timestamp }: Notification): Promise<boolean> {
  try {
    await dynamodb.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: { id: { S: `newest|${accountId}|${payload.id}` } },
        UpdateExpression: 'SET #ticks = :ticks',
        ConditionExpression: 'attribute_not_exists(#ticks) OR #ticks < :ticks',
        ExpressionAttributeNames: { '#ticks': 'ticks' },
        ExpressionAttributeValues: { ':ticks': { N: String(timestamp) } },
      }),
    )
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

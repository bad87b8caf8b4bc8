import { randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { ChangeMessageVisibilityCommand, SQSClient } from '@aws-sdk/client-sqs'
import middy from '@middy/core'
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { clientDefaults } from '../../shared/client-defaults.ts'
import { systemClock } from '../../shared/clock.ts'
import { sqsDeadLetters } from '../../shared/dead-letters.ts'
import { dynamodbLedger } from '../../shared/dynamodb-ledger.ts'
import { readEnvironment } from '../../shared/environment.ts'
import { describeFailure } from '../../shared/failures.ts'
import { checkHandlers } from '../../shared/handler-registry.ts'
import { jsonLog } from '../../shared/json-log.ts'
import { letJsonStringifyTakeBigInt } from '../../shared/lossless-json.ts'
import { retentionOf } from '../../shared/retention.ts'
import { consumeBatch } from './consume-batch.ts'
import { sourceStack } from './source-stack.ts'
import { sqsBatch } from './sqs-batch.ts'

/**
 * Wires the consumer Lambda around a handlers module's default export. Throws `InvalidHandlers`, `MissingEnvironment` or
 * `InvalidRetention`, so that a function that is set up wrong fails at its start.
 */
export function createConsumer({
  handlers,
  env,
}: {
  handlers: unknown
  env: Record<string, string | undefined>
}) {
  letJsonStringifyTakeBigInt()
  const settings = readEnvironment(env, [
    'tableName',
    'queueUrl',
    'deadLetterQueueUrl',
    'maxAttempts',
    'eventRetentionDays',
    'ledgerRetentionDays',
  ])
  const retention = retentionOf({
    events: Number(settings.eventRetentionDays),
    ledgers: Number(settings.ledgerRetentionDays),
  })
  const client = new DynamoDBClient(clientDefaults)
  const sqs = new SQSClient({ ...clientDefaults, md5: false })
  const ledger = dynamodbLedger({
    client,
    tableName: settings.tableName,
    retention,
    now: () => Date.now(),
    randomId: () => randomUUID().slice(0, 13),
  })
  const deps = {
    handlers: checkHandlers(handlers),
    ledger,
    deadLetters: sqsDeadLetters({ client: sqs, queueUrl: settings.deadLetterQueueUrl, randomId: randomUUID }),
    clock: systemClock,
    random: Math.random,
    log: jsonLog,
    describe: (thrown: unknown) => describeFailure(thrown, sourceStack),
    maxAttempts: Number(settings.maxAttempts),
    // No API client of ours writes yet: every RequestId is somebody else's.
    isOwn: () => false,
    async changeVisibility(receiptHandle: string, seconds: number, signal: AbortSignal) {
      const change = { QueueUrl: settings.queueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout: seconds }
      await sqs.send(new ChangeMessageVisibilityCommand(change), { abortSignal: signal })
    },
  }
  return middy<SQSEvent, SQSBatchResponse, Error, Context>()
    .use(sqsBatch({ now: () => Date.now() }))
    .handler((batch) => consumeBatch(deps, batch as never) as never)
}

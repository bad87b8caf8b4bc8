import { randomBytes, randomUUID } from 'node:crypto'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs'
import middy from '@middy/core'
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { letJsonStringifyTakeBigInt } from '../../shared/event/lossless-json.ts'
import { roomMaker } from '../../shared/event/make-room.ts'
import { checkHandlers, checkIsOwn } from '../../shared/handling/handler-registry.ts'
import { hangingHandlers } from '../../shared/handling/hanging-handlers.ts'
import { countedWrites } from '../../shared/handling/loop-guard.ts'
import { runningHandlers } from '../../shared/handling/running-handlers.ts'
import { dynamodbLedger } from '../../shared/ledger/dynamodb-ledger.ts'
import { dynamodbOpenedMarks } from '../../shared/ledger/opened-marks.ts'
import { retentionOf } from '../../shared/ledger/retention.ts'
import { sqsDeadLetters } from '../../shared/queue/dead-letters.ts'
import { fetchBody } from '../../shared/queue/fetch-body.ts'
import { keepParts } from '../../shared/queue/keep-parts.ts'
import { sqsLaterQueue } from '../../shared/queue/later.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { readEnvironment, variables } from '../../shared/runtime/environment.ts'
import { describeFailure } from '../../shared/runtime/failures.ts'
import type { Log } from '../../shared/runtime/json-log.ts'
import { keptSecret, readSecret } from '../../shared/runtime/kept-secret.ts'
import { nodeModulesHint } from '../../shared/runtime/node-modules-hint.ts'
import { connectedAccounts } from '../../shared/smokeball-api/connected-accounts.ts'
import { smokeballOfHandler } from '../../shared/smokeball-api/smokeball.ts'
import { smokeballAccess } from '../../shared/smokeball-api/smokeball-access.ts'
import { allButConnected, purgedAlone } from '../../shared/smokeball-api/turned-away.ts'
import { type ConsumeDeps, consumeBatch } from './consume-batch.ts'
import { handlerSecrets, secretIds } from './handler-secrets.ts'
import { ownRequestIds } from './own-request-ids.ts'
import { sourceStack, sourceStackOf } from './source-stack.ts'
import { batchAnswer, readBatch } from './sqs-batch.ts'
import { strayFailures, type Uncaught } from './stray-failures.ts'

export interface ConsumerParts {
  /** A handlers module's default export. */
  handlers: unknown
  /** A handlers module's export `isOwn`, if it has one. */
  isOwn?: unknown
  env: Record<string, string | undefined>
  dynamodb: DynamoDBClient
  /** Made with `md5: false`, as the receiver's. */
  sqs: SQSClient
  /** Asked only when the handlers have secrets or call Smokeball, or an event may come of an API write of ours. */
  secretsManager: SecretsManagerClient
  log: Log
  /** What the process does with failures that nobody catches. */
  uncaught: Uncaught
  /** URL of the bundle that the handlers are in, whose failures tell places of its sources. @default the consumer's own */
  bundleUrl?: string | undefined
  /** Wait after a failed run. @default the one of `back-off.ts` */
  backOffMs?: ConsumeDeps['backOffMs']
}

/**
 * Wires the consumer Lambda. Apart from `handler.ts`, so that a test can run it around handlers of its own, in its own
 * process. Throws `InvalidHandlers`, `InvalidEnvironment` or `InvalidRetention`: what is set up wrong fails at its start.
 */
export function createConsumer(parts: ConsumerParts) {
  const { env, dynamodb, sqs, secretsManager, log } = parts
  letJsonStringifyTakeBigInt()
  const settings = readEnvironment(env, [
    'tableName',
    'queueUrl',
    'deadLetterQueueUrl',
    'delayQueueUrl',
    'maxAttempts',
    'apiSecretId',
    'eventRetentionDays',
    'ledgerRetentionDays',
  ])
  const { [variables.bodyRetentionDays]: bodies } = env
  const retention = retentionOf({
    events: settings.eventRetentionDays,
    ledgers: settings.ledgerRetentionDays,
    ...(bodies && { bodies: Number(bodies) }),
  })
  const { bodiesMs } = retention
  const ledger = dynamodbLedger({
    client: dynamodb,
    tableName: settings.tableName,
    retention,
    now: systemClock.now,
    randomId: () => randomUUID().slice(0, 13),
  })
  const secrets = handlerSecrets({
    ids: secretIds(env),
    read: (secretId, signal) => readSecret(secretsManager, secretId, signal),
  })
  const handlers = checkHandlers(parts.handlers)
  const running = runningHandlers()
  const mapStack = parts.bundleUrl === undefined ? sourceStack : sourceStackOf(parts.bundleUrl)
  const place = dirname(dirname(fileURLToPath(parts.bundleUrl ?? import.meta.url)))
  const describe = (thrown: unknown) =>
    describeFailure(thrown, mapStack, (text, maxChars) => {
      const hint = nodeModulesHint(text, place)
      return `${secrets.redact(text, maxChars - hint.length)}${hint}`
    })
  const apiSecret = keptSecret({
    now: systemClock.now,
    read: (signal) => readSecret(secretsManager, settings.apiSecretId, signal),
  })
  const smokeball = smokeballAccess({
    fetch,
    clock: systemClock,
    random: Math.random,
    secureBytes: randomBytes,
    dynamodb,
    tableName: settings.tableName,
    secret: apiSecret,
    onWrite: countedWrites(handlers, ledger),
  })
  const accountDeps = { client: dynamodb, tableName: settings.tableName, now: systemClock.now }
  const accountStateOf = connectedAccounts(accountDeps)
  const deps: ConsumeDeps = {
    handlers,
    ledger,
    randomId: () => randomUUID(),
    running,
    later: sqsLaterQueue({
      client: sqs,
      delayQueueUrl: settings.delayQueueUrl,
      eventQueueUrl: settings.queueUrl,
      now: systemClock.now,
      randomId: randomUUID,
    }),
    hanging: hangingHandlers(systemClock.now),
    openedMarks: dynamodbOpenedMarks({
      client: dynamodb,
      tableName: settings.tableName,
      now: systemClock.now,
    }),
    deadLetters: sqsDeadLetters({
      client: sqs,
      queueUrl: settings.deadLetterQueueUrl,
      randomId: randomUUID,
    }),
    makeRoom: roomMaker(),
    fetchBody: (message, signal) =>
      fetchBody({ client: dynamodb, tableName: settings.tableName }, message, signal),
    ...(bodiesMs !== undefined && {
      expireBody: ({ attributes }, signal) => keepParts(accountDeps, attributes, bodiesMs, signal),
    }),
    clock: systemClock,
    random: Math.random,
    backOffMs: parts.backOffMs,
    log,
    describe,
    maxAttempts: settings.maxAttempts,
    readSecrets: secrets.read,
    isOwn: ownRequestIds({
      secretId: settings.apiSecretId,
      secret: apiSecret,
      clock: systemClock,
      isUsers: checkIsOwn(parts.isOwn),
    }),
    readWrite: smokeball.writes.readWrite,
    whyTurnedAway:
      env[variables.connectedAccountsOnly] === 'true'
        ? allButConnected(accountStateOf)
        : purgedAlone(accountDeps, accountStateOf),
    smokeball: (accountId, context) => smokeballOfHandler(smokeball.api, accountId, context),
    async changeVisibility({ isDelayed, receiptHandle }, seconds, signal) {
      const change = {
        QueueUrl: isDelayed ? settings.delayQueueUrl : settings.queueUrl,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }
      await sqs.send(new ChangeMessageVisibilityCommand(change), { abortSignal: signal })
    },
  }
  return middy(async function consumer(event: SQSEvent, context: Context): Promise<SQSBatchResponse> {
    const batch = readBatch(event, context.getRemainingTimeInMillis(), systemClock.now())
    return batchAnswer(await consumeBatch(deps, batch))
  }).use(strayFailures({ uncaught: parts.uncaught, log, describe, running }))
}

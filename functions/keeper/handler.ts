import { randomBytes, randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { Context } from 'aws-lambda'
import { handOverTo } from '../../shared/catch-up/hand-over.ts'
import { walkStore } from '../../shared/catch-up/walk-store.ts'
import { readSeen } from '../../shared/ledger/event-table.ts'
import { dynamodbAside } from '../../shared/queue/aside.ts'
import { dynamodbAsideStore } from '../../shared/queue/aside-store.ts'
import { sqsDeadLetters } from '../../shared/queue/dead-letters.ts'
import { sqsDelayQueue } from '../../shared/queue/later.ts'
import { waitingIn } from '../../shared/queue/waiting.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import {
  clientConfigs,
  clientDefaults,
  readEnvironment,
  variables,
} from '../../shared/runtime/environment.ts'
import { describeFailure } from '../../shared/runtime/failures.ts'
import { jsonLog } from '../../shared/runtime/json-log.ts'
import { keptSecret, readSecret } from '../../shared/runtime/kept-secret.ts'
import { receiverId } from '../../shared/runtime/receiver-id.ts'
import { timeLimitOf } from '../../shared/runtime/time-limit.ts'
import { recordedWrites } from '../../shared/smokeball-api/recorded-writes.ts'
import { accountAccess } from '../../shared/smokeball-api/smokeball-access.ts'
import { ownUrlsIn } from '../../shared/subscriptions/own-urls.ts'
import { patternsIn } from '../../shared/subscriptions/patterns-text.ts'
import { urlProblem } from '../../shared/subscriptions/url-problem.ts'
import { intervalIn } from './catch-up-interval.ts'
import { type KeeperAnswer, type KeeperDeps, keep } from './keep.ts'

const settings = readEnvironment(process.env, [
  'tableName',
  'apiSecretId',
  'webhookSecretId',
  'callbackUrl',
  'eventTypes',
  'subscriptionName',
  'delayQueueUrl',
  'queueUrl',
  'deadLetterQueueUrl',
])

const configs = clientConfigs(process.env)
const dynamodb = new DynamoDBClient({ ...clientDefaults, ...configs.dynamodb })
const secretsManager = new SecretsManagerClient({ ...clientDefaults, ...configs.secretsManager })
const sqs = new SQSClient({ ...clientDefaults, ...configs.sqs, md5: false })
const table = { client: dynamodb, tableName: settings.tableName, now: systemClock.now }
const every = intervalIn(process.env[variables.catchUp], process.env.AWS_REGION)
const kept = (secretId: string) =>
  keptSecret({ now: systemClock.now, read: (signal) => readSecret(secretsManager, secretId, signal) })

const deps: KeeperDeps = {
  access: accountAccess({
    fetch,
    clock: systemClock,
    random: Math.random,
    secureBytes: randomBytes,
    dynamodb,
    tableName: settings.tableName,
    secret: kept(settings.apiSecretId),
  }),
  clock: systemClock,
  webhookSecret: { kept: kept(settings.webhookSecretId), id: settings.webhookSecretId },
  callbackUrl: settings.callbackUrl,
  ownUrls: ownUrlsIn(process.env[variables.ownUrls], {
    clock: systemClock,
    problemAt: (url) => urlProblem(fetch, url, receiverId(settings.queueUrl)),
  }),
  subscriptionName: settings.subscriptionName,
  patterns: patternsIn(settings.eventTypes),
  resend: {
    table: { client: dynamodb, tableName: settings.tableName },
    later: sqsDelayQueue({
      client: sqs,
      delayQueueUrl: settings.delayQueueUrl,
      now: systemClock.now,
    }),
    randomId: randomUUID,
  },
  bringIn: {
    aside: dynamodbAsideStore(table),
    client: sqs,
    queueUrls: { events: settings.queueUrl, deadLetters: settings.deadLetterQueueUrl },
    deadLetters: sqsDeadLetters({
      client: sqs,
      queueUrl: settings.deadLetterQueueUrl,
      randomId: randomUUID,
    }),
  },
  catchUp: every && {
    walks: walkStore(table),
    seenOf: (resourceKey, signal) => readSeen(table, resourceKey, signal),
    lastWriteTo: recordedWrites(table).lastWriteTo,
    handOver: handOverTo({
      client: sqs,
      queueUrl: settings.queueUrl,
      aside: dynamodbAside({ ...table, randomId: randomUUID }),
      now: systemClock.now,
    }),
    waiting: async (signal) => (await waitingIn(sqs, settings.queueUrl, signal)).waiting,
    every,
  },
  log: jsonLog,
  describe: (thrown) => describeFailure(thrown, () => ''),
}

/** What is left of the time limit for the answer. */
const marginMs = 200

export const handler = (event: unknown, context: Context): Promise<KeeperAnswer> => {
  const remainingMs = context.getRemainingTimeInMillis()
  const signal = AbortSignal.timeout(Math.max(0, Math.floor(remainingMs - marginMs)))
  return keep(deps, event, timeLimitOf(systemClock.now(), remainingMs, signal))
}

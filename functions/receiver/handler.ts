import { randomUUID } from 'node:crypto'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SQSClient } from '@aws-sdk/client-sqs'
import { roomMaker } from '../../shared/event/make-room.ts'
import type { Aside } from '../../shared/queue/aside.ts'
import { systemClock } from '../../shared/runtime/clock.ts'
import { clientConfigs, clientDefaults, readEnvironment } from '../../shared/runtime/environment.ts'
import { describeFailure } from '../../shared/runtime/failures.ts'
import { jsonLog } from '../../shared/runtime/json-log.ts'
import { readSecret } from '../../shared/runtime/kept-secret.ts'
import { receiverId } from '../../shared/runtime/receiver-id.ts'
import { openConnection, whileStarting } from '../../shared/runtime/while-starting.ts'
import { createReceiver } from './create-receiver.ts'
import { deliveryQueues } from './delivery-queues.ts'
import { webhookSecrets } from './webhook-secrets.ts'

const settings = readEnvironment(process.env, [
  'queueUrl',
  'deadLetterQueueUrl',
  'webhookSecretId',
  'toleranceMs',
  'tableName',
])

const configs = clientConfigs(process.env)
const secretsManager = new SecretsManagerClient({ ...clientDefaults, ...configs.secretsManager })
// No checksum: a copy of an event from another subscription has another text under the same deduplication id, and SQS
// answers with the sum of the stored one. TLS guards the bytes.
const client = new SQSClient({ ...clientDefaults, ...configs.sqs, md5: false })

/** Loaded when a queue fails for the first time; if that fails, at the next one. */
let aside: Promise<Aside> | undefined
const loadSecondPlace = async () => {
  try {
    const { secondPlace } = await import('./second-place.ts')
    return secondPlace({ tableName: settings.tableName, config: configs.dynamodb })
  } catch (error) {
    aside = undefined
    throw error
  }
}
const secrets = webhookSecrets({
  secretId: settings.webhookSecretId,
  now: systemClock.now,
  read: (signal) => readSecret(secretsManager, settings.webhookSecretId, signal),
})

await whileStarting(secrets.readAhead, (signal) => openConnection(client, settings.queueUrl, signal))

export const handler = createReceiver({
  receiverId: receiverId(settings.queueUrl),
  makeRoom: roomMaker(),
  secrets,
  toleranceMs: settings.toleranceMs,
  queues: deliveryQueues({
    client,
    queueUrls: { events: settings.queueUrl, deadLetters: settings.deadLetterQueueUrl },
    secondPlace: () => {
      aside ??= loadSecondPlace()
      return aside
    },
    clock: systemClock,
    randomId: randomUUID,
  }),
  log: jsonLog,
  now: systemClock.now,
  describe: (thrown) => describeFailure(thrown, () => ''),
})

import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SQSClient } from '@aws-sdk/client-sqs'
import handlers, * as exported from '#handlers'
import { clientConfigs, clientDefaults } from '../../shared/runtime/environment.ts'
import { jsonLog } from '../../shared/runtime/json-log.ts'
import { createConsumer } from './create-consumer.ts'
import { uncaughtOf } from './stray-failures.ts'

/** By another name, since a bundler warns of an export that it does not find: not every handlers file has one. */
const module: object = exported

const configs = clientConfigs(process.env)

export const handler = createConsumer({
  handlers,
  isOwn: 'isOwn' in module ? module.isOwn : undefined,
  env: process.env,
  dynamodb: new DynamoDBClient({ ...clientDefaults, ...configs.dynamodb }),
  sqs: new SQSClient({ ...clientDefaults, ...configs.sqs, md5: false }),
  secretsManager: new SecretsManagerClient({ ...clientDefaults, ...configs.secretsManager }),
  log: jsonLog,
  uncaught: uncaughtOf(process),
})

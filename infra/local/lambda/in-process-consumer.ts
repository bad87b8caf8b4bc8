import { randomUUID } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SQSClient } from '@aws-sdk/client-sqs'
import type { Context, SQSEvent } from 'aws-lambda'
import type { ConsumerParts } from '../../../functions/consumer/create-consumer.ts'
import type { Handler } from '../../../shared/handling/handler-registry.ts'
import { marked } from '../../../shared/runtime/json-log.ts'
import type { LoggedCall } from '../../operate/log-lines.ts'
import type { Engines } from '../engines/engines.ts'
import { logMessage } from './capture-console.ts'
import type { LambdaPool } from './lambda-pool.ts'
import { InvocationFailed } from './worker-protocol.ts'

/** The process belongs to somebody else, such as a test: failures that nobody catches are left to that. */
const leftToOwner: ConsumerParts['uncaught'] = { takeOver() {} }

/**
 * Runs the consumer inside this process, for handlers that are closures of a test: no bundle carries those. All is as in a
 * process of its own, but that an invocation over its time limit fails and cannot be killed.
 */
export function inProcessConsumer(options: {
  handlers: readonly Handler[]
  isOwn: ((requestId: string) => unknown) | undefined
  backOffMs: ConsumerParts['backOffMs']
  env: Record<string, string>
  engines: Engines
  timeLimitMs: number
  /** The bundle of the handlers, if there is one. */
  bundleFile: string | undefined
  onLog(message: LoggedCall): void
}): LambdaPool {
  const { handlers, isOwn, backOffMs, env, engines, timeLimitMs, bundleFile, onLog } = options
  const dynamodb = new DynamoDBClient(engines.dynamodbConfig)
  const sqs = new SQSClient({ ...engines.sqsConfig, md5: false })
  const secretsManager = new SecretsManagerClient({ ...engines.sqsConfig, endpoint: engines.secretsUrl })
  const log: ConsumerParts['log'] = (level, line) => onLog(logMessage(level, [marked(line)]))
  const loading = import('../../../functions/consumer/create-consumer.ts').then(({ createConsumer }) =>
    createConsumer({
      handlers,
      isOwn,
      env,
      dynamodb,
      sqs,
      secretsManager,
      log,
      backOffMs,
      uncaught: leftToOwner,
      // Node names a module by its real path.
      bundleUrl: bundleFile && pathToFileURL(realpathSync(bundleFile)).href,
    }),
  )
  const running = new Set<Promise<unknown>>()

  async function invoke(event: unknown): Promise<unknown> {
    const consume = await loading
    const deadlineEpochMs = Date.now() + timeLimitMs
    const { promise: tooLong, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(
      () =>
        reject(
          new InvocationFailed(
            'TIMED_OUT',
            'consumer',
            `an invocation took longer than ${timeLimitMs / 1000} s`,
          ),
        ),
      timeLimitMs,
    )
    const context = {
      awsRequestId: randomUUID(),
      functionName: 'consumer',
      getRemainingTimeInMillis: () => Math.max(0, deadlineEpochMs - Date.now()),
    }
    const result = consume(event as SQSEvent, context as Context)
    running.add(result)
    const done = () => running.delete(result)
    result.then(done, done)
    try {
      return await Promise.race([result, tooLong])
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    async warmUp() {
      await loading
    },
    invoke,
    async stop() {
      await Promise.race([
        Promise.allSettled(running),
        new Promise((resolve) => setTimeout(resolve, 500).unref()),
      ])
      dynamodb.destroy()
      sqs.destroy()
      secretsManager.destroy()
    },
  }
}

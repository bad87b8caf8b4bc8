import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { SQSClient } from '@aws-sdk/client-sqs'
import { createConsumer } from '../../functions/consumer/create-consumer.ts'
import { clientDefaults } from '../../shared/runtime/environment.ts'
import { sqsRecord, twoHandlers } from './consumer-input.ts'
import { deliveryEvent, lambdaContext } from './delivery.ts'
import { type Figure, portable } from './figure.ts'
import { contactNotification, guid, someTicks } from './notifications.ts'
import { quietly } from './quietly.ts'
import { functionEnv, startStub } from './stub-aws.ts'
import { startTable } from './table-engine.ts'

/** Calls to AWS, counted where they arrive, made by the real Lambda handlers. */
export async function callFigures(): Promise<Figure[]> {
  return [...(await receiverCalls()), ...(await consumerCalls())]
}

async function receiverCalls(): Promise<Figure[]> {
  const stub = await startStub()
  Object.assign(process.env, stub.env)
  try {
    // The composition root reads its environment when it is imported.
    const { handler } = await import('../../functions/receiver/handler.ts')
    const start = stub.calls.join(' + ')
    const deliver = async () => {
      stub.calls.length = 0
      const event = deliveryEvent(contactNotification(1024))
      const answer = (await quietly(() => handler(event as never, lambdaContext))) as { statusCode?: number }
      if (answer.statusCode !== 200) throw new Error(`The receiver answered ${answer.statusCode}.`)
      return stub.calls.join(' + ')
    }
    return [
      exactly('start of the receiver', start, 'GetSecretValue'),
      exactly('delivery', await deliver(), 'SendMessage'),
    ]
  } finally {
    await stub.stop()
  }
}

async function consumerCalls(): Promise<Figure[]> {
  const table = await startTable()
  const env = functionEnv(table.endpoint)
  Object.assign(process.env, env)
  const [dynamodb, sqs] = [new DynamoDBClient(clientDefaults), new SQSClient(clientDefaults)]
  const secretsManager = new SecretsManagerClient(clientDefaults)
  const clients = { dynamodb, sqs, secretsManager }
  const handler = createConsumer({
    handlers: twoHandlers,
    env,
    ...clients,
    log: () => undefined,
    uncaught: { takeOver() {} },
  })
  const handle = async (text: string) => {
    table.calls.length = 0
    const { batchItemFailures } = (await handler({ Records: [sqsRecord(text)] } as never, lambdaContext)) as {
      batchItemFailures: unknown[]
    }
    if (batchItemFailures.length > 0) throw new Error('The consumer failed an event.')
    return table.calls.join(' + ')
  }
  const text = (ticks: bigint, id = 'calls') => contactNotification(1024, { id: guid(id), ticks })
  try {
    // Which accounts were purged is asked once in five minutes.
    const first = await handle(text(someTicks, 'first'))
    return [
      exactly('first event of a process', first, 'Query + UpdateItem + PutItem'),
      exactly('event, new resource', await handle(text(someTicks)), 'UpdateItem + PutItem'),
      exactly('event, in order', await handle(text(someTicks + 1n)), 'UpdateItem + PutItem'),
    ]
  } finally {
    dynamodb.destroy()
    sqs.destroy()
    await table.stop()
  }
}

function exactly(what: string, calls: string, expected: string): Figure {
  const target = expected.split(' + ').length
  const count = portable(what, calls.split(' + ').length, target, '', `(${calls})`)
  return { ...count, target: `= ${target}`, met: calls === expected }
}

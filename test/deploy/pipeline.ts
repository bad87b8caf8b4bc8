import { randomUUID } from 'node:crypto'
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { LambdaClient } from '@aws-sdk/client-lambda'
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import {
  GetQueueAttributesCommand,
  type MessageAttributeValue,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { expect, vi } from 'vitest'
import { queueDepth } from '../../infra/operate/queue-depth.ts'
import { type Answer, type Delivery, deliver } from '../../infra/operate/send/deliver.ts'
import { readEnvelope } from '../../shared/event/envelope.ts'
import { messageGroupId } from '../../shared/event/event-identity.ts'
import type { DeployedStack } from './deploy-stack.ts'
import type { Emulator } from './emulator.ts'
import { eventRecord } from './event-record.ts'
import { type DeadLetter, takeDeadLetters } from './take-dead-letters.ts'

export const clientId = 'client-of-the-deploy-test'

export interface Clients {
  dynamodb: DynamoDBClient
  sqs: SQSClient
  secrets: SecretsManagerClient
  lambda: LambdaClient
}

export function clientsOf({ client }: Emulator): Clients {
  return {
    dynamodb: new DynamoDBClient(client),
    sqs: new SQSClient({ ...client, md5: false }),
    secrets: new SecretsManagerClient(client),
    lambda: new LambdaClient(client),
  }
}

/** Makes the secret that `handler-settings.ts` names. */
export async function makeCrmKey({ secrets }: Clients): Promise<void> {
  await secrets.send(new CreateSecretCommand({ Name: 'crm/api-key', SecretString: 'the key of the CRM' }))
}

/** What is done to a deployed stack, and what is seen of it. */
export type Pipeline = ReturnType<typeof pipeline>

export function pipeline({ url, outputs }: DeployedStack, { dynamodb, sqs, secrets }: Clients) {
  const { TableName, EventQueueUrl, DeadLetterQueueUrl, WebhookSecretId: SecretId } = outputs

  const record = (notification: string) => eventRecord(dynamodb, TableName, notification)
  return {
    deliver: (notification: string, signingKey: string, how?: Delivery): Promise<Answer> =>
      deliver({ url, clientId, signingKey }, notification, how),

    /** What the table says of the event; undefined when it knows nothing. */
    record,

    /** Waits until the table says so of the event. */
    becomes: (notification: string, expected: object, timeout = 20_000) =>
      vi.waitFor(async () => expect(await record(notification)).toMatchObject(expected), {
        timeout,
        interval: 200,
      }),

    /** Waits until no event is queued or in work. */
    settled: () =>
      vi.waitFor(async () => expect(await queueDepth(sqs, EventQueueUrl)).toBe(0), {
        timeout: 90_000,
        interval: 200,
      }),

    deadLetters: (): Promise<DeadLetter[]> => takeDeadLetters(sqs, DeadLetterQueueUrl),

    /** Past the receiver: a redrive, or a redelivery after the five minutes in which the queue itself drops copies. */
    async enqueue(notification: string, MessageAttributes: Record<string, MessageAttributeValue>) {
      const send = new SendMessageCommand({
        QueueUrl: EventQueueUrl,
        MessageBody: notification,
        MessageAttributes,
        MessageGroupId: messageGroupId(readEnvelope(notification).resourceKey),
        MessageDeduplicationId: randomUUID(),
      })
      await sqs.send(send)
    },

    async readSecret(): Promise<Record<string, unknown>> {
      const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId }))
      return JSON.parse(SecretString)
    },

    async writeSecret(value: Record<string, unknown>) {
      const SecretString = JSON.stringify(value)
      await secrets.send(new PutSecretValueCommand({ SecretId, SecretString }))
    },

    /** What would be others if table or queues were made anew. */
    async identities() {
      const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }))
      const queues = [EventQueueUrl, DeadLetterQueueUrl].map(async (QueueUrl) => {
        const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] })
        const { QueueArn, CreatedTimestamp } = (await sqs.send(command)).Attributes ?? {}
        return { QueueArn, CreatedTimestamp }
      })
      return { arn: Table?.TableArn, id: Table?.TableId, queues: await Promise.all(queues) }
    },
  }
}

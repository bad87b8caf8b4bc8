import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { ClientConfig } from '../../infra/operate/local-account.ts'

/** Takes all visible messages of a queue out of it, attributes flattened. */
export async function takeAll(config: ClientConfig, queueUrl: string): Promise<TakenMessage[]> {
  const sqs = new SQSClient(config)
  const taken: TakenMessage[] = []
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['All'],
      }),
    )
    if (Messages.length === 0) break
    for (const message of Messages) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: message.ReceiptHandle }))
      taken.push(flatten(message))
    }
  }
  sqs.destroy()
  return taken
}

export interface TakenMessage {
  body: string
  attributes: Record<string, string | undefined>
  groupId: string | undefined
  deduplicationId: string | undefined
}

function flatten(message: Message): TakenMessage {
  return {
    body: message.Body ?? '',
    attributes: Object.fromEntries(
      Object.entries(message.MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue]),
    ),
    groupId: message.Attributes?.MessageGroupId,
    deduplicationId: message.Attributes?.MessageDeduplicationId,
  }
}

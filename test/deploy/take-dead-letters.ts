import {
  DeleteMessageCommand,
  type Message,
  type MessageAttributeValue,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'

export interface DeadLetter {
  body: string
  reason: string
  attributes: Record<string, MessageAttributeValue>
}

/** Takes what lies in the dead-letter queue now. */
export async function takeDeadLetters(sqs: SQSClient, QueueUrl: string): Promise<DeadLetter[]> {
  const taken: DeadLetter[] = []
  for (;;) {
    const receive = { QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand(receive))
    if (Messages.length === 0) return taken
    for (const message of Messages) {
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }))
      taken.push(deadLetter(message))
    }
  }
}

function deadLetter({ Body = '', MessageAttributes = {} }: Message): DeadLetter {
  return { body: Body, reason: MessageAttributes.reason?.StringValue ?? '', attributes: MessageAttributes }
}

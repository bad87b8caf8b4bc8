import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { QueueMessage } from './message.ts'
import { sqsAttributes } from './sqs-attributes.ts'

/** The queues that a delivery can go to. */
export type QueueName = 'events' | 'deadLetters'

/** A message with all that its queue needs to place it. */
export interface PlacedMessage extends QueueMessage {
  queue: QueueName
  groupId: string
  deduplicationId: string
}

/** So SQS calls what lies in the message. All else may pass, and says nothing of the message. */
const refusals = [
  'InvalidMessageContents',
  'InvalidParameterValue',
  'InvalidParameterValueException',
  'ValidationError',
]

/** Whether a queue did not take a message for what the message is: it would not take it later, either. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && refusals.includes(error.name)
}

/** Returns when the queue of this URL has it. Throws what SQS says if it does not take it. */
export async function placeMessage(
  client: Pick<SQSClient, 'send'>,
  queueUrl: string,
  { groupId, deduplicationId, body, attributes }: Omit<PlacedMessage, 'queue'>,
  abortSignal: AbortSignal,
): Promise<void> {
  const send = new SendMessageCommand({
    QueueUrl: queueUrl,
    MessageBody: body,
    MessageAttributes: sqsAttributes(attributes),
    MessageGroupId: groupId,
    MessageDeduplicationId: deduplicationId,
  })
  await client.send(send, { abortSignal })
}

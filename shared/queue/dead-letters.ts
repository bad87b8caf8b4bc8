import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { attributeNames, attributeText, type QueueMessage } from './message.ts'
import { sqsAttributes } from './sqs-attributes.ts'

/** Where messages go that nobody will handle until somebody looks at them. */
export interface DeadLetters {
  /** Returns when the queue has it; throws if it does not take it. */
  send(
    message: QueueMessage,
    why: { reason: string; resource: string | undefined; fence?: number },
    signal: AbortSignal,
  ): Promise<void>
}

export interface DeadLettersDeps {
  client: Pick<SQSClient, 'send'>
  queueUrl: string
  /** A new random text for each call. */
  randomId(): string
}

/**
 * Group and deduplication ids are random: a second failure within five minutes must not be swallowed, and a locked group
 * must not hide the rest. Reason (up to 500 characters) and resource are attributes.
 */
export function sqsDeadLetters({ client, queueUrl, randomId }: DeadLettersDeps): DeadLetters {
  return {
    async send({ body, attributes }, { reason, resource, fence }, signal) {
      const labelled = {
        ...attributes,
        [attributeNames.reason]: attributeText(reason, 500),
        ...(resource !== undefined && { [attributeNames.resource]: attributeText(resource, 800) }),
        ...(fence !== undefined && { [attributeNames.fence]: String(fence) }),
      }
      await client.send(
        new SendMessageCommand({
          QueueUrl: queueUrl,
          MessageBody: body,
          MessageAttributes: sqsAttributes(labelled),
          MessageGroupId: randomId(),
          MessageDeduplicationId: randomId(),
        }),
        { abortSignal: signal },
      )
    },
  }
}

import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { LetterKind } from '../event/letter-kinds.ts'
import { attributeNames, attributeText, type QueueMessage } from './message.ts'
import { sqsAttributes } from './sqs-attributes.ts'

/** Why a message is given up. */
export interface GivenUp {
  kind: LetterKind
  /** For people: up to 500 characters are kept. */
  reason: string
  resource: string | undefined
  fence?: number
}

/** Where messages go that nobody will handle until somebody looks at them. */
export interface DeadLetters {
  /** Returns when the queue has it; throws if it does not take it. */
  send(message: QueueMessage, why: GivenUp, signal: AbortSignal): Promise<void>
}

export interface DeadLettersDeps {
  client: Pick<SQSClient, 'send'>
  queueUrl: string
  /** A new random text for each call. */
  randomId(): string
}

/**
 * Group and deduplication ids are random: a second failure within five minutes must not be swallowed, and a locked group
 * must not hide the rest. Kind, reason (up to 500 characters) and resource are attributes.
 */
export function sqsDeadLetters({ client, queueUrl, randomId }: DeadLettersDeps): DeadLetters {
  return {
    async send({ body, attributes }, { kind, reason, resource, fence }, signal) {
      const { [attributeNames.fence]: _, ...others } = attributes
      const labelled = {
        ...others,
        [attributeNames.givenUp]: fence === undefined ? kind : `${kind} ${fence}`,
        [attributeNames.reason]: attributeText(reason, 500),
        ...(resource !== undefined && { [attributeNames.resource]: attributeText(resource, 800) }),
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

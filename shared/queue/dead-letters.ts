import type { SQSClient } from '@aws-sdk/client-sqs'
import type { LetterKind } from '../event/letter-kinds.ts'
import { attributeNames, attributeText, type QueueMessage } from './message.ts'
import { type PlacedMessage, placeMessage } from './placed-message.ts'

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

export function sqsDeadLetters({ client, queueUrl, randomId }: DeadLettersDeps): DeadLetters {
  return {
    send: (message, why, signal) =>
      placeMessage(client, queueUrl, deadLetter(message, why, randomId), signal),
  }
}

/**
 * A message as the dead-letter queue is to have it. Group and deduplication ids are random: a second failure within five
 * minutes must not be swallowed, and a locked group must not hide the rest. Kind, reason (up to 500 characters) and resource are
 * attributes.
 */
export function deadLetter(
  { body, attributes }: QueueMessage,
  { kind, reason, resource, fence }: GivenUp,
  randomId: () => string,
): PlacedMessage {
  const { [attributeNames.fence]: _, ...others } = attributes
  return {
    queue: 'deadLetters',
    groupId: randomId(),
    deduplicationId: randomId(),
    body,
    attributes: {
      ...others,
      [attributeNames.givenUp]: fence === undefined ? kind : `${kind} ${fence}`,
      [attributeNames.reason]: attributeText(reason, 500),
      ...(resource !== undefined && { [attributeNames.resource]: attributeText(resource, 800) }),
    },
  }
}

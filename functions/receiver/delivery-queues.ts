import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Envelope } from '../../shared/event/envelope.ts'
import { messageGroupId } from '../../shared/event/event-identity.ts'
import type { DeadLetters } from '../../shared/queue/dead-letters.ts'
import { eventAttributes, type QueueMessage } from '../../shared/queue/message.ts'
import { sqsAttributes } from '../../shared/queue/sqs-attributes.ts'
import type { VerifiedDelivery } from './verify-delivery.ts'

/** Where verified deliveries go. Both calls return when the queue has the message, and throw if it does not take it. */
export interface DeliveryQueues {
  enqueue(
    delivery: VerifiedDelivery,
    message: QueueMessage,
    envelope: Envelope,
    signal: AbortSignal,
  ): Promise<void>
  quarantine(
    delivery: VerifiedDelivery,
    message: QueueMessage,
    reason: string,
    signal: AbortSignal,
  ): Promise<void>
}

export interface QueuesDeps {
  client: Pick<SQSClient, 'send'>
  queueUrl: string
  deadLetters: DeadLetters
}

/** Group = resource, so that its events are handled one at a time; deduplication id = event id, so that redeliveries within five minutes cost nothing. */
export function sqsDeliveryQueues({ client, queueUrl, deadLetters }: QueuesDeps): DeliveryQueues {
  return {
    async enqueue(_delivery, { body, attributes }, envelope, signal) {
      const { resourceKey, eventId } = envelope
      const send = new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: body,
        MessageAttributes: sqsAttributes({ ...attributes, ...eventAttributes(envelope) }),
        MessageGroupId: messageGroupId(resourceKey),
        MessageDeduplicationId: eventId,
      })
      await client.send(send, { abortSignal: signal })
    },
    quarantine: (_delivery, message, reason, signal) =>
      deadLetters.send(message, { reason: `quarantined: ${reason}`, resource: undefined }, signal),
  }
}

import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Envelope } from '../../shared/event/envelope.ts'
import { messageGroupId } from '../../shared/event/event-identity.ts'
import type { DeadLetters } from '../../shared/queue/dead-letters.ts'
import { eventAttributes, packMessage, type QueueMessage } from '../../shared/queue/message.ts'
import { sqsAttributes } from '../../shared/queue/sqs-attributes.ts'
import type { VerifiedDelivery } from './verify-delivery.ts'

/** What a delivery tells, and its exact text. */
export interface Notification {
  envelope: Envelope
  text: string
}

/**
 * Where verified deliveries go. Both calls return when the queue has the message. They throw `QueueUnavailable` if it does not
 * take it, and `DeliveryTooLarge` if no message holds it.
 */
export interface DeliveryQueues {
  enqueue(delivery: VerifiedDelivery, notification: Notification, signal: AbortSignal): Promise<void>
  quarantine(delivery: VerifiedDelivery, reason: string, signal: AbortSignal): Promise<void>
}

/** The queue did not take a message; `cause` says why. */
export class QueueUnavailable extends Error {
  readonly code = 'QUEUE_UNAVAILABLE'

  constructor(cause: unknown) {
    super('The queue did not take the delivery.', { cause })
    this.name = 'QueueUnavailable'
  }
}

/** Compressed, too, it is over the 1 MiB that SQS takes. */
export class DeliveryTooLarge extends Error {
  readonly code = 'DELIVERY_TOO_LARGE'

  constructor() {
    super('The delivery is over what a message holds.')
    this.name = 'DeliveryTooLarge'
  }
}

export interface QueuesDeps {
  client: Pick<SQSClient, 'send'>
  queueUrl: string
  deadLetters: DeadLetters
}

/** Group = resource, so that its events are handled one at a time; deduplication id = event id, so that redeliveries within five minutes cost nothing. */
export function sqsDeliveryQueues({ client, queueUrl, deadLetters }: QueuesDeps): DeliveryQueues {
  return {
    async enqueue(delivery, { envelope, text }, signal) {
      const { body, attributes } = packed(delivery, text)
      const send = new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: body,
        MessageAttributes: sqsAttributes({ ...attributes, ...eventAttributes(envelope) }),
        MessageGroupId: messageGroupId(envelope.resourceKey),
        MessageDeduplicationId: envelope.eventId,
      })
      await taken(client.send(send, { abortSignal: signal }))
    },
    async quarantine(delivery, reason, signal) {
      const why = { kind: 'quarantined', reason, resource: undefined } as const
      await taken(deadLetters.send(packed(delivery), why, signal))
    },
  }
}

function packed(delivery: VerifiedDelivery, json?: string): QueueMessage {
  const message = packMessage(delivery.bytes, delivery, json)
  if (!message) throw new DeliveryTooLarge()
  return message
}

async function taken(sending: Promise<unknown>): Promise<void> {
  try {
    await sending
  } catch (error) {
    throw new QueueUnavailable(error)
  }
}

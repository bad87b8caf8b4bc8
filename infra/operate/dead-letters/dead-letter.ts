import type { Message } from '@aws-sdk/client-sqs'
import { readEnvelope } from '../../../shared/event/envelope.ts'
import { eventReference, readResourceKey } from '../../../shared/event/event-identity.ts'
import { type LetterKind, letterKindNames } from '../../../shared/event/letter-kinds.ts'
import type { Resource } from '../../../shared/event/resource-of-event.ts'
import { type Ticks, ticksToEpochMs } from '../../../shared/event/ticks.ts'
import {
  attributeNames,
  deadLetterFence,
  isReferring,
  type MessageAttributes,
  type QueueMessage,
  readEventKey,
  unpackMessage,
} from '../../../shared/queue/message.ts'
import { isoOf } from '../moments.ts'

/** An event that nobody will handle until somebody looks at it. It is here without its body, so that many can be kept at once. */
export interface DeadLetter {
  /** The message's id; it stays the same while it lies there. */
  id: string
  kind: LetterKind
  reason: string
  /** When it came into the queue, in milliseconds since 1970. */
  sinceEpochMs: number
  /** Undefined when the body is no notification that can be read. */
  event?: {
    reference: string
    eventId: string
    type: string
    accountId: string
    resource: Resource
    resourceKey: string
    ticks: Ticks
  }
  /** The fence of the claim that gave its event up; undefined when none did. */
  fence: number | undefined
  /** Whether SQS moved it by itself. Not every engine tells that of one that the consumer had sent before. */
  movedBySqs: boolean
}

/** A letter that was received: nobody else sees it for a while. */
export interface LetterInHand extends DeadLetter {
  message: QueueMessage
  receiptHandle: string
}

const noReason =
  'no reason is given: SQS moved it by itself, since it was received too often and never came to an end'

/** A message of the dead-letter queue, received with all of its attributes. Does not throw, whatever it holds. */
export function readLetter(message: Message): LetterInHand {
  const attributes = Object.fromEntries(
    Object.entries(message.MessageAttributes ?? {}).flatMap(([name, { StringValue }]) =>
      StringValue === undefined ? [] : [[name, StringValue]],
    ),
  )
  const packed = { body: message.Body ?? '', attributes }
  const system: Record<string, string | undefined> = message.Attributes ?? {}
  // A letter that was sent back still has its former reason, which does not say why SQS moved it.
  const movedBySqs =
    system.DeadLetterQueueSourceArn !== undefined || attributes[attributeNames.reason] === undefined
  const reason = movedBySqs ? noReason : (attributes[attributeNames.reason] ?? '')
  const event = eventOf(packed)
  return {
    id: message.MessageId ?? '',
    kind: movedBySqs ? 'other' : kindIn(attributes),
    reason,
    movedBySqs,
    sinceEpochMs: Number(system.SentTimestamp ?? 0),
    fence: deadLetterFence(packed),
    ...(event && { event }),
    message: packed,
    receiptHandle: message.ReceiptHandle ?? '',
  }
}

/** A letter without one was sent by an earlier release, or by somebody else. */
function kindIn(attributes: MessageAttributes): LetterKind {
  const name = attributes[attributeNames.givenUp]?.split(' ')[0]
  return letterKindNames().find((kind) => kind === name) ?? 'other'
}

function eventOf(message: QueueMessage): DeadLetter['event'] {
  try {
    const { text, note } = unpackMessage(message)
    const { eventId, type, accountId, resource, resourceKey, ticks } = readEnvelope(text)
    const reference = eventReference({ eventId, receivedEpochMs: note.receivedEpochMs })
    return { reference, eventId, type, accountId, resource, resourceKey, ticks }
  } catch {
    return eventOfAttributes(message)
  }
}

/**
 * The message that runs an event again has no body, and a large one lies in the table: their attributes tell the event. Of others,
 * attributes without a body that can be read prove nothing.
 */
function eventOfAttributes({ attributes }: QueueMessage): DeadLetter['event'] {
  const hasNoBody = attributes[attributeNames.later] !== undefined || isReferring(attributes)
  const key = hasNoBody ? readEventKey(attributes) : undefined
  if (!key) return undefined
  const { resourceKey, ticks, eventId, type } = key
  const { accountId, kind, id } = readResourceKey(resourceKey)
  // Nothing here tells when it was received, which a reference holds: the beginning of the id finds the event, too.
  return {
    reference: eventId.slice(0, 8),
    eventId,
    type: type ?? kind,
    accountId,
    resource: { kind, id },
    resourceKey,
    ticks,
  }
}

/** A dead letter as `--json` tells it. */
export function letterJson({ id, kind, reason, sinceEpochMs, event }: DeadLetter) {
  return {
    id,
    kind,
    reason,
    since: isoOf(sinceEpochMs),
    event: event
      ? {
          reference: event.reference,
          eventId: event.eventId,
          type: event.type,
          accountId: event.accountId,
          resource: event.resource,
          resourceKey: event.resourceKey,
          happened: isoOf(ticksToEpochMs(event.ticks)),
        }
      : null,
  }
}

import type { Message } from '@aws-sdk/client-sqs'
import { readEnvelope } from '../../../shared/event/envelope.ts'
import { eventReference, readResourceKey } from '../../../shared/event/event-identity.ts'
import {
  attributeNames,
  deadLetterFence,
  type QueueMessage,
  readEventKey,
  unpackMessage,
} from '../../../shared/queue/message.ts'
import type { DeadLetter, LetterInHand } from './dead-letter.ts'
import { letterKind } from './letter-kind.ts'

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
  // A letter that was sent back keeps its reason, which is none for being moved.
  const movedBySqs =
    system.DeadLetterQueueSourceArn !== undefined || attributes[attributeNames.reason] === undefined
  const reason = movedBySqs ? noReason : (attributes[attributeNames.reason] ?? '')
  const event = eventOf(packed)
  return {
    ...{ id: message.MessageId ?? '', kind: movedBySqs ? 'other' : letterKind(reason), reason, movedBySqs },
    ...{ sinceEpochMs: Number(system.SentTimestamp ?? 0), fence: deadLetterFence(packed) },
    ...(event && { event }),
    ...{ message: packed, receiptHandle: message.ReceiptHandle ?? '' },
  }
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

/** A message of an event that was to be run again has no body, should SQS move it. */
function eventOfAttributes({ attributes }: QueueMessage): DeadLetter['event'] {
  const key = attributes[attributeNames.later] === undefined ? undefined : readEventKey(attributes)
  if (!key) return undefined
  const { resourceKey, ticks, eventId, type } = key
  const { accountId, kind, id } = readResourceKey(resourceKey)
  // Its id finds the event, too: nothing here tells when it was received.
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

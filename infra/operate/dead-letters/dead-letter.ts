import type { Message } from '@aws-sdk/client-sqs'
import { readEnvelope } from '../../../shared/event/envelope.ts'
import { eventReference, readResourceKey } from '../../../shared/event/event-identity.ts'
import type { Resource } from '../../../shared/event/resource-of-event.ts'
import { type Ticks, ticksToEpochMs } from '../../../shared/event/ticks.ts'
import {
  attributeNames,
  deadLetterFence,
  type QueueMessage,
  readEventKey,
  unpackMessage,
} from '../../../shared/queue/message.ts'
import { isoOf } from '../moments.ts'

/** `other`: SQS moved it by itself, or somebody else sent it. */
export type DeadLetterKind =
  | 'attempts-spent'
  | 'permanent-failure'
  | 'crashed'
  | 'loop-suspected'
  | 'unconnected-account'
  | 'quarantined'
  | 'other'

/** An event that nobody will handle until somebody looks at it. It is here without its body, so that many can be kept at once. */
export interface DeadLetter {
  /** The message's id; it stays the same while it lies there. */
  id: string
  kind: DeadLetterKind
  reason: string
  /** Since when it lies in the queue, in milliseconds since 1970. */
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

/** How the reasons begin that the consumer and the receiver give: verdict.ts, delivery-queues.ts and envelope.ts. */
const beginnings: readonly (readonly [string, DeadLetterKind])[] = [
  ['attempts of ', 'attempts-spent'],
  ['permanent failure of ', 'permanent-failure'],
  ['crashed: ', 'crashed'],
  ['loop suspected: ', 'loop-suspected'],
  ['unconnected account: ', 'unconnected-account'],
  ['quarantined: ', 'quarantined'],
  // One that was sent back from quarantine, and cannot be read by the consumer either.
  ['Not a Smokeball notification: ', 'quarantined'],
]

/** All kinds, for filters and their help. */
export const letterKinds: readonly DeadLetterKind[] = [
  ...new Set(beginnings.map(([, kind]) => kind)),
  'other',
]

/** The first of several handlers' reasons says it. */
function letterKind(reason: string): DeadLetterKind {
  const begun = beginnings.find(([beginning]) => reason.startsWith(beginning))?.[1]
  if (begun) return begun
  // This is of a replay for others, which sends the letter anew.
  const [, what] = /^[\w.-]+ was given up: (.*)/.exec(reason) ?? []
  if (what === undefined) return 'other'
  return what.startsWith('crashed: ') ? 'crashed' : 'attempts-spent'
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
    kind: movedBySqs ? 'other' : letterKind(reason),
    reason,
    movedBySqs,
    sinceEpochMs: Number(system.SentTimestamp ?? 0),
    fence: deadLetterFence(packed),
    ...(event && { event }),
    message: packed,
    receiptHandle: message.ReceiptHandle ?? '',
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

/** The message that runs an event again has no body: if SQS moves it, only its attributes tell the event. */
function eventOfAttributes({ attributes }: QueueMessage): DeadLetter['event'] {
  const key = attributes[attributeNames.later] === undefined ? undefined : readEventKey(attributes)
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

import type { EventRecord } from '../ledger/event-record.ts'
import { type Replay, writeReplay } from '../ledger/replay.ts'
import {
  attributeNames,
  bodyIn,
  eventAttributes,
  packMessage,
  type QueueMessage,
  referringMessage,
} from './message.ts'

/** An event with its body. */
type WholeEvent = Pick<EventRecord, 'resourceKey' | 'ticks' | 'eventId' | 'type' | 'delivery'> & {
  text: string
}

/** The message that handles an event again: as its delivery was, and which replay it is. Throws `TooManyHandlers`. */
export function replayMessage(event: WholeEvent, replay: Replay): QueueMessage {
  const { body, attributes } = storedMessage(event)
  return { body, attributes: { ...attributes, [attributeNames.replay]: writeReplay(replay) } }
}

/** A stored event as its delivery was. Of what is too large for a message, the event's record has the body. */
export function storedMessage({ delivery, text, ...event }: WholeEvent): QueueMessage {
  const { requestId, sentTicks, receivedEpochMs, keyFingerprint = '-' } = delivery
  const note = { requestId, sentTicks, receivedEpochMs, keyFingerprint }
  const message = packMessage(Buffer.from(text), note, text) ?? referringMessage(note, bodyIn.event)
  return { ...message, attributes: { ...message.attributes, ...eventAttributes(event) } }
}

import { attributeNames, packMessage, type QueueMessage } from './message.ts'
import type { StoredEvent } from './read-event.ts'
import { type Replay, writeReplay } from './replay.ts'

/** The message that handles an event again: as its delivery was, and which replay it is. Throws `TooManyHandlers`. */
export function replayMessage(
  { delivery, text }: Pick<StoredEvent, 'delivery'> & { text: string },
  replay: Replay,
): QueueMessage {
  const { requestId, sentTicks, receivedEpochMs, keyFingerprint = '-' } = delivery
  const note = { requestId, sentTicks, receivedEpochMs, keyFingerprint }
  const message = packMessage(Buffer.from(text), note, text)
  if (!message) throw new Error('A notification that a message held once does not fit into one')
  return {
    ...message,
    attributes: { ...message.attributes, [attributeNames.replay]: writeReplay(replay) },
  }
}

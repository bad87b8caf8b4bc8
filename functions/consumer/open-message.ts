import { type Envelope, readLosslessEnvelope } from '../../shared/envelope.ts'
import type { JsonValue } from '../../shared/lossless-json.ts'
import { attributeNames, type DeliveryNote, type QueueMessage, unpackMessage } from '../../shared/message.ts'
import { type Replay, readReplay } from '../../shared/replay.ts'

/** A message of the queue, read. */
export interface Opened {
  text: string
  envelope: Envelope<JsonValue>
  note: DeliveryNote
  replay: Replay | undefined
}

/** Does not throw: of what cannot be read, it tells why. */
export function openMessage(message: QueueMessage): Opened | { unreadable: string } {
  try {
    const { text, note } = unpackMessage(message)
    const replay = readReplay(message.attributes[attributeNames.replay])
    return { text, note, replay, envelope: readLosslessEnvelope(text) }
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : 'cannot be read' }
  }
}

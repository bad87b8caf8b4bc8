import { type Envelope, readEnvelope } from '../../shared/envelope.ts'
import { readDelayed } from '../../shared/later.ts'
import type { EventKey, Ledger } from '../../shared/ledger.ts'
import type { MakeRoom } from '../../shared/make-room.ts'
import { attributeNames, type DeliveryNote, type QueueMessage, unpackMessage } from '../../shared/message.ts'
import type { StoredEvent } from '../../shared/read-event.ts'
import { type Replay, readReplay } from '../../shared/replay.ts'

/** A message of the queue, read. */
export interface Opened {
  /** Undefined: it is given up unread. */
  text: string | undefined
  envelope: Envelope
  note: DeliveryNote
  replay: Replay | undefined
  /** Only what was delayed has it. */
  retry: Retry | undefined
}

/** An event's own message, brought back from the delay queue. */
export interface Retry {
  token: string
  /** The event's record, as it was when the message was opened. */
  event: StoredEvent
}

export type OpenedMessage = Opened | { unreadable: string } | { expired: EventKey }

/**
 * Reads a message, or tells why it cannot be read. A delayed message has no body: type, origin and all other facts are those of
 * the event's record, and without it there is nothing left to do. Throws only when the store fails.
 */
export async function openMessage(
  { ledger, makeRoom }: { ledger: Pick<Ledger, 'read'>; makeRoom?: MakeRoom },
  message: QueueMessage,
  signal: AbortSignal,
): Promise<OpenedMessage> {
  const read = readable(message, makeRoom)
  if (!('token' in read)) return read
  const { token, dueEpochMs: _, ...key } = read
  const event = await ledger.read(key, signal)
  if (event?.text === undefined) return { expired: key }
  const { requestId, sentTicks, receivedEpochMs, keyFingerprint = '-' } = event.delivery
  makeRoom?.(event.text.length)
  return {
    text: event.text,
    envelope: readEnvelope(event.text),
    note: { requestId, sentTicks, receivedEpochMs, keyFingerprint },
    replay: undefined,
    retry: { token, event },
  }
}

function readable(
  message: QueueMessage,
  makeRoom: MakeRoom | undefined,
): Opened | { unreadable: string } | NonNullable<ReturnType<typeof readDelayed>> {
  try {
    const delayed = readDelayed(message.attributes)
    if (delayed) return delayed
    const { text, note } = unpackMessage(message)
    makeRoom?.(text.length)
    const replay = readReplay(message.attributes[attributeNames.replay])
    return { text, note, replay, retry: undefined, envelope: readEnvelope(text) }
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : 'cannot be read' }
  }
}

import { type Envelope, largeFromChars, readEnvelope } from '../../shared/event/envelope.ts'
import type { EventKey } from '../../shared/event/event-identity.ts'
import type { MakeRoom } from '../../shared/event/make-room.ts'
import type { RunningHandlers } from '../../shared/handling/running-handlers.ts'
import type { Ledger } from '../../shared/ledger/ledger.ts'
import type { StoredEvent } from '../../shared/ledger/read-event.ts'
import { type Replay, readReplay } from '../../shared/ledger/replay.ts'
import { type DelayedEvent, readDelayed } from '../../shared/queue/later.ts'
import {
  attributeNames,
  type DeliveryNote,
  isReferring,
  type QueueMessage,
  unpackMessage,
} from '../../shared/queue/message.ts'
import { BodyGone } from '../../shared/queue/stored-body.ts'

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

export type OpenedMessage = Opened | { unreadable: string } | { expired: EventKey } | { finished: EventKey }

export interface OpenDeps {
  ledger: Pick<Ledger, 'read'>
  running: Pick<RunningHandlers, 'alone'>
  /** @default nothing is done */
  makeRoom?: MakeRoom
  /**
   * The message with the body that it refers to. Throws `BodyGone`, and when the store fails.
   * @default each message has its body
   */
  fetchBody?(message: QueueMessage, signal: AbortSignal): Promise<QueueMessage>
}

/**
 * Reads a message, or tells why it cannot be read. A delayed message has no body: type, origin and all other facts are those of
 * the event's record, and without it there is nothing left to do. Throws only when the store fails.
 */
export async function openMessage(
  deps: OpenDeps,
  message: QueueMessage,
  signal: AbortSignal,
): Promise<OpenedMessage> {
  const whole = await withBody(deps, message, signal)
  const read = 'unreadable' in whole ? whole : readable(whole)
  if ('unreadable' in read) return read
  if ('token' in read) return openRetry(deps, read, signal)
  try {
    return { ...read, retry: undefined, envelope: await envelopeOf(deps, read.text) }
  } catch (error) {
    return unreadable(error)
  }
}

async function withBody(
  { fetchBody }: OpenDeps,
  message: QueueMessage,
  signal: AbortSignal,
): Promise<QueueMessage | { unreadable: string }> {
  if (!fetchBody || !isReferring(message.attributes)) return message
  try {
    return await fetchBody(message, signal)
  } catch (error) {
    if (error instanceof BodyGone) return unreadable(error)
    throw error
  }
}

async function openRetry(
  deps: OpenDeps,
  { token, dueEpochMs: _, ...key }: DelayedEvent,
  signal: AbortSignal,
): Promise<OpenedMessage> {
  const event = await deps.ledger.read(key, signal)
  // The body of a finished event may be gone: its message has come once more.
  if (event?.text === undefined)
    return event && event.status !== 'failed' ? { finished: key } : { expired: key }
  const { requestId, sentTicks, receivedEpochMs, keyFingerprint = '-' } = event.delivery
  return {
    text: event.text,
    envelope: await envelopeOf(deps, event.text),
    note: { requestId, sentTicks, receivedEpochMs, keyFingerprint },
    replay: undefined,
    retry: { token, event },
  }
}

/** A large text is parsed when no handler has a large payload in hand: the memory holds one of them. */
async function envelopeOf({ running, makeRoom }: OpenDeps, text: string): Promise<Envelope> {
  if (text.length < largeFromChars) return readEnvelope(text)
  return running.alone(async () => {
    makeRoom?.(text.length)
    return readEnvelope(text)
  })
}

function readable(
  message: QueueMessage,
): (Pick<Opened, 'note' | 'replay'> & { text: string }) | { unreadable: string } | DelayedEvent {
  try {
    const delayed = readDelayed(message.attributes)
    if (delayed) return delayed
    return { ...unpackMessage(message), replay: readReplay(message.attributes[attributeNames.replay]) }
  } catch (error) {
    return unreadable(error)
  }
}

function unreadable(error: unknown): { unreadable: string } {
  return { unreadable: error instanceof Error ? error.message : 'cannot be read' }
}

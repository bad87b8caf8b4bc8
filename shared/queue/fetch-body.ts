import { type EventTableDeps, getItem } from '../ledger/event-table.ts'
import type { Item } from '../ledger/ledger-item.ts'
import { readEvent } from '../ledger/read-event.ts'
import { attributeNames, bodyIn, type QueueMessage, readEventKey, withGzippedBody } from './message.ts'
import { BodyGone, partKeys } from './stored-body.ts'

/** The message with its body in it, which the event table has if the message does not. Throws `BodyGone`, and when the table fails. */
export async function fetchBody(
  deps: EventTableDeps,
  message: QueueMessage,
  signal: AbortSignal,
): Promise<QueueMessage> {
  const { [attributeNames.encoding]: encoding, ...attributes } = message.attributes
  if (encoding === bodyIn.event) return { body: await textOfEvent(deps, message, signal), attributes }
  const keys = partKeys(message.attributes)
  if (keys.length === 0) return message
  const parts = await Promise.all(keys.map((key) => getItem(deps, key, signal)))
  return withGzippedBody(message, Buffer.concat(parts.map(bytesOf)))
}

async function textOfEvent(
  deps: EventTableDeps,
  { attributes }: QueueMessage,
  signal: AbortSignal,
): Promise<string> {
  const key = readEventKey(attributes)
  const text = key && (await readEvent(deps, key, signal))?.text
  if (text === undefined) throw new BodyGone()
  return text
}

function bytesOf(part: Item | undefined): Uint8Array {
  if (!part?.body?.B) throw new BodyGone()
  return part.body.B
}

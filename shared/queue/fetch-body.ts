import { gzipSync } from 'node:zlib'
import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import type { EventTableDeps } from '../ledger/event-table.ts'
import { readEvent } from '../ledger/read-event.ts'
import { BodyGone, partKey, readStored } from './aside.ts'
import { attributeNames, bodyIn, type QueueMessage, readEventKey, withGzippedBody } from './message.ts'

/** The message with its body in it, which the event table has if the message does not. Throws `BodyGone`, and when the table fails. */
export async function fetchBody<M extends QueueMessage>(
  deps: EventTableDeps,
  message: M,
  signal: AbortSignal,
): Promise<M> {
  const gzipped = await storedBody(deps, message, signal)
  return gzipped ? { ...message, ...withGzippedBody(message, gzipped) } : message
}

async function storedBody(
  deps: EventTableDeps,
  { attributes }: QueueMessage,
  signal: AbortSignal,
): Promise<Buffer | undefined> {
  if (attributes[attributeNames.encoding] === bodyIn.event) {
    const key = readEventKey(attributes)
    const text = key && (await readEvent(deps, key, signal))?.text
    if (text === undefined) throw new BodyGone()
    return gzipSync(text)
  }
  const stored = readStored(attributes)
  if (!stored) return undefined
  const parts = Array.from({ length: stored.parts }, (_, part) => readPart(deps, stored.id, part, signal))
  return Buffer.concat(await Promise.all(parts))
}

async function readPart(
  { client, tableName }: EventTableDeps,
  id: string,
  part: number,
  abortSignal: AbortSignal,
): Promise<Uint8Array> {
  const get = new GetItemCommand({ TableName: tableName, Key: partKey(id, part), ConsistentRead: true })
  const body = (await client.send(get, { abortSignal })).Item?.body?.B
  if (!body) throw new BodyGone()
  return body
}

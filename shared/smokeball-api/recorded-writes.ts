import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { keptRequestId, keyPart } from '../event/event-identity.ts'
import { type EventTableDeps, getItem } from '../ledger/event-table.ts'
import type { Item } from '../ledger/ledger-item.ts'
import { expiry } from '../ledger/retention.ts'
import { InvalidApiCall } from './api-errors.ts'

/** A write to Smokeball's API. The events that it causes are led back to it. */
export interface RecordedWrite {
  requestId: string
  accountId: string
  method: string
  path: string
  atEpochMs: number
  /** The handler that made it, the event that it handled, and that event's resource. */
  handler?: string
  eventId?: string
  resource?: string
  /** The user's own, up to 256 characters. */
  reference?: string
}

export interface RecordedWrites {
  /** Throws `InvalidApiCall` if the reference is too long. */
  recordWrite(write: RecordedWrite, signal: AbortSignal): Promise<void>
  /** Undefined if it was none of ours, or longer than 7 days ago. */
  readWrite(requestId: string, signal: AbortSignal): Promise<RecordedWrite | undefined>
}

const keptMs = 7 * 86_400_000
const maxReferenceChars = 256
/** An item must stay small, however long a query string is, or an account id that somebody made up. */
const maxTextChars = 1_024

const texts = ['accountId', 'method', 'path', 'handler', 'eventId', 'resource', 'reference'] as const

/** Records writes for 7 days: `pk` = `write|<RequestId>`, `sk` = `write`. */
export function recordedWrites(deps: EventTableDeps): RecordedWrites {
  return {
    async recordWrite(write, signal) {
      checkReference(write.reference)
      const put = new PutItemCommand({ TableName: deps.tableName, Item: itemOf(write) })
      await deps.client.send(put, { abortSignal: signal })
    },
    async readWrite(requestId, signal) {
      const item = await getItem(deps, keyOf(requestId), signal)
      return item && writeOf(item, requestId)
    },
  }
}

/** Throws `InvalidApiCall`. */
export function checkReference(reference: unknown): void {
  if (reference === undefined) return
  if (typeof reference !== 'string' || reference.length > maxReferenceChars)
    throw new InvalidApiCall(
      `A write's reference is a text of up to ${maxReferenceChars} characters: keep what is longer under an id of yours.`,
    )
}

/**
 * Smokeball may send a RequestId back in upper or in lower case, and messages tell one over 256 bytes by its hash: the key is
 * the same for all of them.
 */
function keyOf(requestId: string): Item {
  return { pk: { S: `write|${keyPart(keptRequestId(requestId).toLowerCase())}` }, sk: { S: 'write' } }
}

function itemOf(write: RecordedWrite): Item {
  const attributes = texts.flatMap((name) => {
    const text = write[name]
    return text === undefined ? [] : [[name, { S: text.slice(0, maxTextChars).toWellFormed() }]]
  })
  return {
    ...keyOf(write.requestId),
    ...Object.fromEntries(attributes),
    at: { N: String(write.atEpochMs) },
    ttl: { N: String(expiry(write.atEpochMs, keptMs)) },
  }
}

function writeOf(item: Item, requestId: string): RecordedWrite {
  const found = texts.flatMap((name) => (item[name]?.S === undefined ? [] : [[name, item[name].S]]))
  return { requestId, atEpochMs: Number(item.at?.N ?? 0), ...Object.fromEntries(found) } as RecordedWrite
}

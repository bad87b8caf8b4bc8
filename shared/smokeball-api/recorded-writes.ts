import { PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { decodePart, keptRequestId, keyPart, resourceKey } from '../event/event-identity.ts'
import { dueIndex } from '../ledger/event-indexes.ts'
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
  /** The last write to a resource in that time, if there is one, of those whose path names it. */
  lastWriteTo(
    resourceKey: string,
    between: { fromEpochMs: number; untilEpochMs: number },
    signal: AbortSignal,
  ): Promise<Pick<RecordedWrite, 'requestId' | 'atEpochMs'> | undefined>
}

const keptMs = 7 * 86_400_000
const maxReferenceChars = 256
/** An item must stay small, however long a query string is, or an account id that somebody made up. */
const maxTextChars = 1_024

const texts = ['accountId', 'method', 'path', 'handler', 'eventId', 'resource', 'reference'] as const

/**
 * Records writes for 7 days: `pk` = `write|<RequestId>`, `sk` = `write`. The index `due` has those to a resource that their path
 * names, by that and their time: so one is found without a further item, or call, for each write.
 */
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
    async lastWriteTo(resourceKey, { fromEpochMs, untilEpochMs }, signal) {
      const query = new QueryCommand({
        TableName: deps.tableName,
        IndexName: dueIndex.indexName,
        KeyConditionExpression: '#shard = :shard AND #at BETWEEN :from AND :until',
        ExpressionAttributeNames: { '#shard': dueIndex.partitionKey, '#at': dueIndex.sortKey },
        ExpressionAttributeValues: {
          ':shard': { S: `${writePrefix}${resourceKey}` },
          ':from': { S: sortable(fromEpochMs) },
          ':until': { S: sortable(untilEpochMs) },
        },
        ScanIndexForward: false,
        Limit: 1,
      })
      const { Items: [item] = [] } = await deps.client.send(query, { abortSignal: signal })
      if (!item) return undefined
      const requestId = decodePart(item.pk?.S?.slice(writePrefix.length) ?? '')
      return { requestId, atEpochMs: Number(item[dueIndex.sortKey]?.S) }
    },
  }
}

const writePrefix = 'write|'

/** Its length is fixed, so that text sorts as time does. */
function sortable(epochMs: number): string {
  return String(Math.max(0, Math.floor(epochMs))).padStart(13, '0')
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
  return { pk: { S: `${writePrefix}${keyPart(keptRequestId(requestId).toLowerCase())}` }, sk: { S: 'write' } }
}

function itemOf(write: RecordedWrite): Item {
  const attributes = texts.flatMap((name) => {
    const text = write[name]
    return text === undefined ? [] : [[name, { S: text.slice(0, maxTextChars).toWellFormed() }]]
  })
  const resource = writtenResource(write.accountId, write.path)
  return {
    ...keyOf(write.requestId),
    ...Object.fromEntries(attributes),
    ...(resource !== undefined && {
      [dueIndex.partitionKey]: { S: `${writePrefix}${resource}` },
      [dueIndex.sortKey]: { S: sortable(write.atEpochMs) },
    }),
    at: { N: String(write.atEpochMs) },
    ttl: { N: String(expiry(write.atEpochMs, keptMs)) },
  }
}

function writeOf(item: Item, requestId: string): RecordedWrite {
  const found = texts.flatMap((name) => (item[name]?.S === undefined ? [] : [[name, item[name].S]]))
  return { requestId, atEpochMs: Number(item.at?.N ?? 0), ...Object.fromEntries(found) } as RecordedWrite
}

/**
 * The resources whose states tell when they were changed, by the paths of their writes. A write of a file changes those of its
 * matter.
 */
const writtenAt: readonly [path: RegExp, kind: string][] = [
  [/^\/matters\/([^/]+)$/, 'matter'],
  [/^\/contacts\/([^/]+)$/, 'contact'],
  [/^\/tasks\/([^/]+)$/, 'task'],
  [/^\/events\/([^/]+)$/, 'event'],
  [/^\/matters\/[^/]+\/memos\/([^/]+)$/, 'memo'],
  [/^\/matters\/([^/]+)\/documents\/files(?:\/|$)/, 'files'],
]

/**
 * The key of the resource that a write changes. Undefined where its path names none: the id of what is created is not known before
 * it is answered; or one whose state tells no time.
 */
export function writtenResource(accountId: string, path: string): string | undefined {
  const [plain = ''] = path.split(/[?#]/)
  for (const [pattern, kind] of writtenAt) {
    const [, id] = pattern.exec(plain) ?? []
    if (id !== undefined) return resourceKey(accountId, kind, decodePart(id))
  }
  return undefined
}

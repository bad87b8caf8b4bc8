import {
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { Item } from '../ledger/ledger-item.ts'
import { expiry, unfinishedMs } from '../ledger/retention.ts'
import { attributeNames, bodyIn, gzippedBody, type MessageAttributes, noBody } from './message.ts'
import type { PlacedMessage } from './placed-message.ts'

/** A message that was put aside, as the table holds it. */
export interface AsideMessage extends PlacedMessage {
  partition: string
  /** When it was put aside (milliseconds since 1970), and a random text. */
  sortKey: string
  putAsideEpochMs: number
  /** How often the queue refused it for what it is. */
  refusals: number
}

/** The receiver's side of the second place. */
export interface Aside {
  /** Returns when the table has the message. Throws if it does not take it, and `AsideFull` when too much came lately. */
  put(message: PlacedMessage, signal: AbortSignal): Promise<void>
  /**
   * Stores a gzipped body that no queue takes, for as long as an event that is not finished, and returns the encoding of a
   * message that refers to it. Throws as `put` does.
   */
  store(gzipped: Buffer, signal: AbortSignal): Promise<string>
}

/** More was put aside within a minute than a process may. */
export class AsideFull extends Error {
  readonly code = 'ASIDE_FULL'

  constructor() {
    super(
      `This process put ${maxBytesAMinute / 1e6} MB aside within a minute, and takes no more before the next.`,
    )
    this.name = 'AsideFull'
  }
}

/** The beginning of all partition keys here, to which IAM holds the receiver. */
export const asidePrefix = 'aside#'

/** By the first digit of the message group: a resource's messages lie in one, in the order in which they came. */
export const asidePartitions: readonly string[] = Array.from(
  { length: 16 },
  (_, digit) => `${asidePrefix}${digit.toString(16)}`,
)

/** DynamoDB takes 400 KB an item, which leaves room for the attributes of a message. */
const maxBodyBytes = 300_000
/** Their writes cost about two cents: who floods the receiver with signed bodies makes no larger bill than that a minute. */
const maxBytesAMinute = 20_000_000
const minuteMs = 60_000

export interface AsideDeps {
  client: Pick<DynamoDBClient, 'send'>
  tableName: string
  /** Milliseconds since 1970. */
  now(): number
  /** A new random text for each call. */
  randomId(): string
}

/**
 * Puts aside what a queue does not take: a body up to 300 KB in the item, a longer one in parts, each a partition of its own,
 * which are written before the item. Parts of what was put aside have no time to live before it was brought in.
 */
export function dynamodbAside(deps: AsideDeps): Aside {
  const { client, tableName: TableName, now } = deps
  const takeRoom = roomAMinute(now)

  async function store(gzipped: Buffer, abortSignal: AbortSignal, ttl: Item = {}): Promise<string> {
    takeRoom(gzipped.length)
    const id = deps.randomId()
    const parts = partsOf(gzipped)
    const writes = parts.map((body, part) =>
      client.send(
        new PutItemCommand({ TableName, Item: { ...partKey(id, part), body: { B: body }, ...ttl } }),
        { abortSignal },
      ),
    )
    await Promise.all(writes)
    return `${bodyIn.parts} ${id} ${parts.length}`
  }

  async function fitting(message: PlacedMessage, signal: AbortSignal): Promise<PlacedMessage> {
    if (Buffer.byteLength(message.body) <= maxBodyBytes) return message
    const encoding = await store(gzippedBody(message), signal)
    return {
      ...message,
      body: noBody,
      attributes: { ...message.attributes, [attributeNames.encoding]: encoding },
    }
  }

  return {
    store: (gzipped, signal) => store(gzipped, signal, ttlOf(now())),
    async put(message, abortSignal) {
      const kept = await fitting(message, abortSignal)
      takeRoom(Buffer.byteLength(kept.body))
      const key = keyOf({
        partition: `${asidePrefix}${message.groupId.charAt(0)}`,
        sortKey: `${now()}#${deps.randomId()}`,
      })
      const put = new PutItemCommand({ TableName, Item: { ...key, ...writePlaced(kept) } })
      await client.send(put, { abortSignal })
    },
  }
}

/** Throws `AsideFull` for the bytes that are too many for the minute at hand. */
function roomAMinute(now: () => number): (bytes: number) => void {
  let untilEpochMs = 0
  let taken = 0
  return (bytes) => {
    if (now() >= untilEpochMs) {
      untilEpochMs = now() + minuteMs
      taken = 0
    }
    if (taken + bytes > maxBytesAMinute) throw new AsideFull()
    taken += bytes
  }
}

/** How much is put aside. */
export interface AsideSurvey {
  count: number
  /** There are more than were counted. */
  hasMore: boolean
  /** When the oldest was put aside, in milliseconds since 1970; undefined without any. */
  oldestEpochMs: number | undefined
}

/** What was put aside, for whoever brings it in. */
export interface AsideStore {
  /** The oldest messages of a partition, at most so many. */
  oldest(partition: string, atMost: number, signal: AbortSignal): Promise<AsideMessage[]>
  /** Its queue has it: what is here goes, and its parts stay as long as an event that is not finished. */
  remove(message: AsideMessage, signal: AbortSignal): Promise<void>
  /** Its queue refused it for what it is. */
  countRefusal(message: AsideMessage, signal: AbortSignal): Promise<void>
  survey(signal: AbortSignal): Promise<AsideSurvey>
  /** Becomes the only one that brings in, until the time given; false while another is. */
  lock(untilEpochMs: number, signal: AbortSignal): Promise<boolean>
  /** Lets another bring in before that time. */
  unlock(untilEpochMs: number, signal: AbortSignal): Promise<void>
}

export function dynamodbAsideStore({
  client,
  tableName: TableName,
  now,
}: Omit<AsideDeps, 'randomId'>): AsideStore {
  const query = (partition: string) => ({
    TableName,
    KeyConditionExpression: '#pk = :pk',
    ExpressionAttributeNames: { '#pk': 'pk' },
    ExpressionAttributeValues: { ':pk': { S: partition } },
    ConsistentRead: true,
  })

  /** A page of 1 MB of a partition: keys alone come back. */
  async function surveyOf(partition: string, abortSignal: AbortSignal) {
    const ask = new QueryCommand({ ...query(partition), ProjectionExpression: 'sk' })
    const { Items = [], LastEvaluatedKey } = await client.send(ask, { abortSignal })
    const times = Items.map(({ sk }) => putAsideEpochMs(sk?.S ?? ''))
    return { times, hasMore: LastEvaluatedKey !== undefined }
  }

  return {
    async oldest(partition, atMost, abortSignal) {
      const found = await client.send(new QueryCommand({ ...query(partition), Limit: atMost }), {
        abortSignal,
      })
      return (found.Items ?? []).map(readAside)
    },
    async remove(message, abortSignal) {
      const { id, parts } = readStored(message.attributes) ?? { id: '', parts: 0 }
      const kept = Array.from({ length: parts }, (_, part) =>
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: partKey(id, part),
            UpdateExpression: 'SET #ttl = :ttl',
            ExpressionAttributeNames: { '#ttl': 'ttl' },
            ExpressionAttributeValues: { ':ttl': ttlOf(now()).ttl },
          }),
          { abortSignal },
        ),
      )
      await Promise.all(kept)
      await client.send(new DeleteItemCommand({ TableName, Key: keyOf(message) }), { abortSignal })
    },
    async countRefusal(message, abortSignal) {
      const update = new UpdateItemCommand({
        TableName,
        Key: keyOf(message),
        UpdateExpression: 'ADD #refusals :one',
        ExpressionAttributeNames: { '#refusals': 'refusals' },
        ExpressionAttributeValues: { ':one': { N: '1' } },
      })
      await client.send(update, { abortSignal })
    },
    async survey(signal) {
      const found = await Promise.all(asidePartitions.map((partition) => surveyOf(partition, signal)))
      const times = found.flatMap((each) => each.times)
      return {
        count: times.length,
        hasMore: found.some(({ hasMore }) => hasMore),
        oldestEpochMs: times.length === 0 ? undefined : Math.min(...times),
      }
    },
    async lock(untilEpochMs, abortSignal) {
      const update = new UpdateItemCommand({
        TableName,
        Key: lockKey,
        UpdateExpression: 'SET #until = :until',
        ConditionExpression: 'attribute_not_exists(#until) OR #until < :now',
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: { ':until': { N: String(untilEpochMs) }, ':now': { N: String(now()) } },
      })
      try {
        await client.send(update, { abortSignal })
        return true
      } catch (error) {
        if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false
        throw error
      }
    },
    async unlock(untilEpochMs, abortSignal) {
      const free = new DeleteItemCommand({
        TableName,
        Key: lockKey,
        ConditionExpression: '#until = :until',
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: { ':until': { N: String(untilEpochMs) } },
      })
      await client.send(free, { abortSignal })
    },
  }
}

/** The body that a message refers to cannot be found: as a rule, it waited longer than that is kept. */
export class BodyGone extends Error {
  readonly code = 'BODY_GONE'

  constructor(message = 'its body is not in the event table any more') {
    super(message)
    this.name = 'BodyGone'
  }
}

/** Where the parts of a message's body are; undefined if it has none. Throws `BodyGone` if it does not say so. */
export function readStored(attributes: MessageAttributes): { id: string; parts: number } | undefined {
  const encoding = attributes[attributeNames.encoding] ?? ''
  if (encoding.split(' ', 1)[0] !== bodyIn.parts) return undefined
  const [, id = '', parts] = /^\w+ ([\w-]{1,64}) (\d{1,2})$/.exec(encoding) ?? []
  if (id === '') throw new BodyGone('it does not say where its body is stored')
  return { id, parts: Number(parts) }
}

function partsOf(gzipped: Buffer): Buffer[] {
  const count = Math.max(1, Math.ceil(gzipped.length / maxBodyBytes))
  return Array.from({ length: count }, (_, part) =>
    gzipped.subarray(part * maxBodyBytes, (part + 1) * maxBodyBytes),
  )
}

/** Each has a partition of its own: one takes a thousand write units a second, which three parts are. */
export function partKey(id: string, part: number): Item {
  return { pk: { S: `${asidePrefix}${id}#${part}` }, sk: { S: 'part' } }
}

const lockKey: Item = { pk: { S: `${asidePrefix}lock` }, sk: { S: 'lock' } }

function keyOf({ partition, sortKey }: Pick<AsideMessage, 'partition' | 'sortKey'>): Item {
  return { pk: { S: partition }, sk: { S: sortKey } }
}

/** Thirteen digits until 2286. */
function putAsideEpochMs(sortKey: string): number {
  return Number(sortKey.slice(0, sortKey.indexOf('#')))
}

function ttlOf(nowEpochMs: number): { ttl: { N: string } } {
  return { ttl: { N: String(expiry(nowEpochMs, unfinishedMs)) } }
}

function writePlaced({ queue, groupId, deduplicationId, body, attributes }: PlacedMessage): Item {
  return {
    queue: { S: queue },
    groupId: { S: groupId },
    deduplicationId: { S: deduplicationId },
    body: { S: body },
    attributes: { M: Object.fromEntries(Object.entries(attributes).map(([name, S]) => [name, { S }])) },
  }
}

function readAside(item: Item): AsideMessage {
  const sortKey = item.sk?.S ?? ''
  return {
    partition: item.pk?.S ?? '',
    sortKey,
    putAsideEpochMs: putAsideEpochMs(sortKey),
    refusals: Number(item.refusals?.N ?? 0),
    queue: item.queue?.S === 'deadLetters' ? 'deadLetters' : 'events',
    groupId: item.groupId?.S ?? '',
    deduplicationId: item.deduplicationId?.S ?? '',
    body: item.body?.S ?? '',
    attributes: Object.fromEntries(
      Object.entries(item.attributes?.M ?? {}).map(([name, value]) => [name, value.S ?? '']),
    ),
  }
}

import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { Item } from '../ledger/ledger-item.ts'
import { expiry, unfinishedMs } from '../ledger/retention.ts'
import { attributeNames, bodyIn, gzippedBody, type MessageAttributes, noBody } from './message.ts'
import type { PlacedMessage } from './placed-message.ts'

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

/** Where a message lies that was put aside. */
export interface AsideKey {
  partition: string
  /** When it was put aside (milliseconds since 1970), and a random text. */
  sortKey: string
}

export function keyOf({ partition, sortKey }: AsideKey): Item {
  return { pk: { S: partition }, sk: { S: sortKey } }
}

/** The time to live of a body that an event refers to which is not finished. */
export function ttlOf(nowEpochMs: number): { ttl: { N: string } } {
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

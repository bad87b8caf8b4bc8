import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { Item } from '../ledger/ledger-item.ts'
import { attributeNames, gzippedBody, noBody } from './message.ts'
import type { PlacedMessage } from './placed-message.ts'
import { asidePrefix, type BodyToStore, maxBodyBytes, storedBody } from './stored-body.ts'

/** The receiver's side of the second place. */
export interface Aside {
  /** Returns when the table has the message. Throws if it does not take it, and `AsideFull` when too much came lately. */
  put(message: PlacedMessage, signal: AbortSignal): Promise<void>
  /**
   * Stores a body that no queue takes, for as long as an event that is not finished, and returns the encoding of a message that
   * refers to it. Throws as `put` does.
   */
  store(body: BodyToStore, signal: AbortSignal): Promise<string>
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

/**
 * The partitions of what was put aside. The first digit of its message group says which one a message lies in, so that those of a
 * resource lie together, in the order in which they came.
 */
export const asidePartitions: readonly string[] = Array.from(
  { length: 16 },
  (_, digit) => `${asidePrefix}${digit.toString(16)}`,
)

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
 * Puts aside what a queue does not take: a body up to 300 KB in the item, a longer one in parts, which are
 * written before the item.
 */
export function dynamodbAside(deps: AsideDeps): Aside {
  const { client, tableName: TableName, now } = deps
  const takeRoom = roomAMinute(now)

  async function store(body: BodyToStore, abortSignal: AbortSignal): Promise<string> {
    takeRoom(body.gzipped.length)
    const { items, encoding } = storedBody(body, deps.randomId(), now())
    const writes = items.map((Item) => client.send(new PutItemCommand({ TableName, Item }), { abortSignal }))
    await Promise.all(writes)
    return encoding
  }

  async function fitting(message: PlacedMessage, signal: AbortSignal): Promise<PlacedMessage> {
    if (Buffer.byteLength(message.body) <= maxBodyBytes) return message
    const resourceKey = message.attributes[attributeNames.resource]
    const encoding = await store({ gzipped: gzippedBody(message), resourceKey }, signal)
    return {
      ...message,
      body: noBody,
      attributes: { ...message.attributes, [attributeNames.encoding]: encoding },
    }
  }

  return {
    store,
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

/** Where a message lies that was put aside. */
export interface AsideKey {
  partition: string
  /** When it was put aside (milliseconds since 1970), and a random text. */
  sortKey: string
}

export function keyOf({ partition, sortKey }: AsideKey): Item {
  return { pk: { S: partition }, sk: { S: sortKey } }
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

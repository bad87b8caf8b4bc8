import type { Item } from '../ledger/ledger-item.ts'
import { expiry, unfinishedMs } from '../ledger/retention.ts'
import { attributeNames, bodyIn, type MessageAttributes } from './message.ts'

/** The beginning of all partition keys of what the receiver writes, to which IAM holds it. */
export const asidePrefix = 'aside#'

/** DynamoDB takes 400 KB an item, which leaves room for the attributes of a message. */
export const maxBodyBytes = 300_000

/** The body that a message refers to cannot be found: as a rule, it waited longer than that is kept. */
export class BodyGone extends Error {
  readonly code = 'BODY_GONE'

  constructor(message = 'its body is not in the event table any more: fetch from Smokeball what changed') {
    super(message)
    this.name = 'BodyGone'
  }
}

/** A body that is to be stored in parts. */
export interface BodyToStore {
  gzipped: Buffer
  /** The key of the resource that it tells of, by which a purge finds it; undefined for what is no notification. */
  resourceKey: string | undefined
}

/** The items of a body's parts, and the encoding of a message that refers to them. `id`: up to 64 letters, digits, `-` and `_`. */
export function storedBody(
  { gzipped, resourceKey }: BodyToStore,
  id: string,
  nowEpochMs: number,
): { items: Item[]; encoding: string } {
  const count = Math.max(1, Math.ceil(gzipped.length / maxBodyBytes))
  const items = Array.from({ length: count }, (_, part) => ({
    ...partKey(id, part),
    body: { B: gzipped.subarray(part * maxBodyBytes, (part + 1) * maxBodyBytes) },
    // It is kept as long as an event that is not finished.
    ttl: { N: String(expiry(nowEpochMs, unfinishedMs)) },
    ...(resourceKey !== undefined && { resource: { S: resourceKey } }),
  }))
  return { items, encoding: `${bodyIn.parts} ${id} ${count}` }
}

/** The keys of the parts of a message's body; none if it is not stored in parts. Throws `BodyGone` if it does not say where. */
export function partKeys(attributes: MessageAttributes): Item[] {
  const encoding = attributes[attributeNames.encoding] ?? ''
  if (encoding.split(' ', 1)[0] !== bodyIn.parts) return []
  const [, id = '', count] = /^\w+ ([\w-]{1,64}) ([1-9]\d?)$/.exec(encoding) ?? []
  if (id === '') throw new BodyGone('it does not say where its body is stored')
  return Array.from({ length: Number(count) }, (_, part) => partKey(id, part))
}

/** Each has a partition of its own: one takes a thousand write units a second, which three parts are. */
function partKey(id: string, part: number): Item {
  return { pk: { S: `${asidePrefix}${id}#${part}` }, sk: { S: 'part' } }
}

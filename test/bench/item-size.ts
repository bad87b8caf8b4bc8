import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { table } from '../../infra/settings/topology.ts'

export type Item = Record<string, AttributeValue>

/**
 * Bytes of an item as DynamoDB counts them: names and values.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  )
}

/** A write unit is up to 1 KB of the item, one at least. */
export function writeUnits(item: Item | undefined): number {
  return item ? Math.max(1, Math.ceil(itemBytes(item) / 1024)) : 0
}

/** The part of an item that the feed index keeps: undefined when the item is not in the index. */
export function feedEntry(item: Item | undefined): Item | undefined {
  const { feed, partitionKey, sortKey } = table
  if (!item?.[feed.partitionKey] || !item[feed.sortKey]) return undefined
  const kept = new Set<string>([partitionKey, sortKey, feed.partitionKey, feed.sortKey, ...feed.attributes])
  return Object.fromEntries(Object.entries(item).filter(([name]) => kept.has(name)))
}

function valueBytes(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S)
  if (value.N !== undefined) return numberBytes(value.N)
  if (value.B !== undefined) return value.B.length
  if (value.BOOL !== undefined || value.NULL !== undefined) return 1
  // Three bytes for a map or list, and one for each of its members.
  if (value.M !== undefined) return 3 + Object.keys(value.M).length + itemBytes(value.M)
  if (value.L !== undefined) return value.L.reduce((sum, member) => sum + 1 + valueBytes(member), 3)
  throw new Error(`Not counted: ${Object.keys(value)}`)
}

/** One byte for two significant digits, and one; a sign takes one more. */
function numberBytes(digits: string): number {
  const significant = digits
    .replace(/^-/, '')
    .replace('.', '')
    .replace(/^0+|0+$/g, '')
  return Math.ceil(significant.length / 2) + 1 + (digits.startsWith('-') ? 1 : 0)
}

import { GetItemCommand } from '@aws-sdk/client-dynamodb'
import type { EventKey } from '../event/event-identity.ts'
import { readBody } from './event-body.ts'
import { bodySortKey, eventSortKey } from './event-item.ts'
import { type EventRow, type EventTableDeps, readEventRow } from './event-row.ts'
import type { Item } from './ledger-item.ts'

/** An event with all that the table has of it. */
export interface StoredEvent extends EventRow {
  /** The notification's exact text; undefined once a part of it has expired. */
  text: string | undefined
}

/** Undefined when it is not there, or not any more. One call, and one more for each part of a long body. */
export async function readEvent(
  deps: EventTableDeps,
  { resourceKey, ...event }: EventKey,
  signal: AbortSignal,
): Promise<StoredEvent | undefined> {
  const item = await get(deps, { resourceKey, sortKey: eventSortKey(event) }, signal)
  if (!item) return undefined
  const row = readEventRow(item)
  const ofBody = { ...row, fence: row.bodyFence ?? row.fence }
  const sortKeys = Array.from({ length: Number(item.parts?.N ?? 0) }, (_, index) =>
    bodySortKey(ofBody, index),
  )
  const parts = await Promise.all(sortKeys.map((sortKey) => get(deps, { resourceKey, sortKey }, signal)))
  return { ...row, text: textOf(parts.length > 0 ? parts : [item]) }
}

function textOf(parts: readonly (Item | undefined)[]): string | undefined {
  const pieces = parts.flatMap((part) => part?.body?.B ?? [])
  return pieces.length === parts.length ? readBody(pieces) : undefined
}

async function get(
  { client, tableName }: EventTableDeps,
  { resourceKey, sortKey }: { resourceKey: string; sortKey: string },
  signal: AbortSignal,
): Promise<Item | undefined> {
  const command = new GetItemCommand({
    TableName: tableName,
    Key: { pk: { S: resourceKey }, sk: { S: sortKey } },
    ConsistentRead: true,
  })
  return (await client.send(command, { abortSignal: signal })).Item
}

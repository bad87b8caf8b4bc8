import type { EventKey } from '../event/event-identity.ts'
import { type KnownOfBody, readBody, UnreadableBody } from './event-body.ts'
import { bodySortKey, eventItemKey, knownOfBody, readEarlierRun } from './event-item.ts'
import type { EarlierRun } from './event-record.ts'
import { type EventRow, readEventRow } from './event-row.ts'
import { type EventTableDeps, getItem } from './event-table.ts'
import type { Item } from './ledger-item.ts'

/** An event with all that the table has of it. */
export interface StoredEvent extends EventRow {
  /** The notification's exact text; undefined once a part of it has expired, and where it cannot be read any more. */
  text: string | undefined
  /** Why its text cannot be read any more, though it is there, and what to do: a part of a sentence. */
  unreadable?: string
}

/** Undefined when it is not there, or not any more. One call, and one more for each part of a long body. */
export async function readEvent(
  deps: EventTableDeps,
  event: EventKey,
  signal: AbortSignal,
): Promise<StoredEvent | undefined> {
  const item = await getItem(deps, eventItemKey(event), signal)
  return item && readEventItem(deps, item, signal)
}

/** From a whole item of the table. One call for each part of a long body. */
export async function readEventItem(
  deps: EventTableDeps,
  item: Item,
  signal: AbortSignal,
): Promise<StoredEvent> {
  const row = readEventRow(item)
  const ofBody = { ...row, fence: row.bodyFence ?? row.fence }
  const keys = Array.from({ length: Number(item.parts?.N ?? 0) }, (_, index) => ({
    pk: { S: row.resourceKey },
    sk: { S: bodySortKey(ofBody, index) },
  }))
  const parts = await Promise.all(keys.map((key) => getItem(deps, key, signal)))
  const isInParts = parts.length > 0
  return { ...row, ...readText(isInParts ? parts : [item], knownOfBody(item, isInParts)) }
}

/** A body that cannot be read holds up nobody: it is as one that is gone, and its event is sent again as long as it is not finished. */
function readText(
  parts: readonly (Item | undefined)[],
  known: KnownOfBody,
): Pick<StoredEvent, 'text' | 'unreadable'> {
  const pieces = parts.flatMap((part) => part?.body?.B ?? [])
  if (pieces.length < parts.length) return { text: undefined }
  try {
    return { text: readBody(pieces, known) }
  } catch (error) {
    if (error instanceof UnreadableBody) return { text: undefined, unreadable: error.problem }
    throw error
  }
}

/**
 * What a claim needs of an event's earlier runs. A body in the item comes along: to name all the other attributes takes longer,
 * and does not make the read cheaper.
 */
export async function readRun(
  deps: EventTableDeps,
  event: EventKey,
  signal: AbortSignal,
): Promise<EarlierRun | undefined> {
  const item = await getItem(deps, eventItemKey(event), signal)
  return item && readEarlierRun(item, event)
}

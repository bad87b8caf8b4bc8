import {
  type AttributeValue,
  QueryCommand,
  type QueryCommandOutput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { keyPart } from '../event/event-identity.ts'
import { type EventTableDeps, isWritten } from '../ledger/event-table.ts'
import type { Item } from '../ledger/ledger-item.ts'
import { type TableLock, tableLock } from '../ledger/table-lock.ts'
import { number, numberOf, readWalk, type Walk, type WalkChange, writeChange } from './walk-item.ts'

/** The partition of all walks: it is no resource's, since each resource key has a `|` in it. */
export const walksKey = 'smokeball-walks'
/** In that partition, what concerns all walks. The key of each walk has a `|` in it. */
const marksSortKey = 'marks'
/** Losses that come so soon after others are told with them. */
const sameLossesMs = 2 * 3_600_000
/** The partition of the mark of whoever walks: one process at a time does. */
export const walksLockKey = 'smokeball-walks-lock'

/** In milliseconds since 1970; 0 where there is none. */
export interface WalkMarks {
  /** When deliveries were lost, as far as `noteLoss` was told: for the first time lately, and for the last time. */
  lost: { firstEpochMs: number; lastEpochMs: number }
  /** The last time in which all walks waited. */
  waited: { fromEpochMs: number; untilEpochMs: number }
}

export interface WalkStore extends TableLock {
  /** All walks of all firms. */
  list(signal: AbortSignal): Promise<Walk[]>
  /** All walks, and what concerns all of them. */
  survey(signal: AbortSignal): Promise<{ walks: Walk[] } & WalkMarks>
  /** Notes that all walks have waited since then, until now. */
  noteWait(fromEpochMs: number, signal: AbortSignal): Promise<void>
  /** Notes that deliveries were lost until now. */
  noteLoss(signal: AbortSignal): Promise<void>
  save(walk: Pick<Walk, 'accountId' | 'kind'>, change: WalkChange, signal: AbortSignal): Promise<void>
}

/** Walks in the event table: `pk` = `smokeball-walks`, `sk` = account and kind, each percent-encoded, with `|` between. */
export function walkStore(deps: EventTableDeps & { now(): number }): WalkStore {
  const { client, tableName: TableName } = deps
  const survey: WalkStore['survey'] = async (signal) => {
    const items = await itemsOf(deps, signal)
    const isMarks = ({ sk }: Item) => sk?.S === marksSortKey
    const { lostFirst, lost, waitFrom, waitUntil } = items.find(isMarks) ?? {}
    return {
      walks: items.filter((item) => !isMarks(item)).map(readWalk),
      lost: { firstEpochMs: numberOf(lostFirst), lastEpochMs: numberOf(lost) },
      waited: { fromEpochMs: numberOf(waitFrom), untilEpochMs: numberOf(waitUntil) },
    }
  }
  const marks = (set: string, values: Record<string, number>, condition?: string) =>
    new UpdateItemCommand({
      TableName,
      Key: { pk: { S: walksKey }, sk: { S: marksSortKey } },
      UpdateExpression: `SET ${set}`,
      ExpressionAttributeValues: Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, number(value)]),
      ),
      ...(condition !== undefined && { ConditionExpression: condition }),
    })
  return {
    ...tableLock(deps, { pk: { S: walksLockKey }, sk: { S: 'lock' } }),
    survey,
    list: async (signal) => (await survey(signal)).walks,
    async noteLoss(abortSignal) {
      const now = { ':now': deps.now() }
      const values = { ...now, ':lately': deps.now() - sameLossesMs }
      if (await isWritten(deps, marks('lost = :now', values, 'lostFirst > :lately'), abortSignal)) return
      await client.send(marks('lost = :now, lostFirst = :now', now), { abortSignal })
    },
    async noteWait(fromEpochMs, abortSignal) {
      const values = { ':from': fromEpochMs, ':now': deps.now() }
      await client.send(marks('waitFrom = :from, waitUntil = :now', values), { abortSignal })
    },
    async save({ accountId, kind }, change, abortSignal) {
      const entries = Object.entries(writeChange(change))
      const set = entries.filter(([, value]) => value !== undefined)
      const gone = entries.filter(([, value]) => value === undefined)
      const update = new UpdateItemCommand({
        TableName,
        Key: { pk: { S: walksKey }, sk: { S: `${keyPart(accountId)}|${kind}` } },
        UpdateExpression: [
          set.length > 0 && `SET ${set.map(([name]) => `#${name} = :${name}`).join(', ')}`,
          gone.length > 0 && `REMOVE ${gone.map(([name]) => `#${name}`).join(', ')}`,
        ]
          .filter(Boolean)
          .join(' '),
        ExpressionAttributeNames: Object.fromEntries(entries.map(([name]) => [`#${name}`, name])),
        ...(set.length > 0 && {
          ExpressionAttributeValues: Object.fromEntries(
            set.map(([name, value]) => [`:${name}`, value as AttributeValue]),
          ),
        }),
      })
      await client.send(update, { abortSignal })
    },
  }
}

async function itemsOf(
  { client, tableName: TableName }: EventTableDeps,
  abortSignal: AbortSignal,
): Promise<Item[]> {
  const items: Item[] = []
  let next: Item | undefined
  do {
    const query = new QueryCommand({
      TableName,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: walksKey } },
      ConsistentRead: true,
      ...(next && { ExclusiveStartKey: next }),
    })
    const page: QueryCommandOutput = await client.send(query, { abortSignal })
    items.push(...(page.Items ?? []))
    next = page.LastEvaluatedKey
  } while (next)
  return items
}

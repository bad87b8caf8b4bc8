import {
  type AttributeValue,
  QueryCommand,
  type QueryCommandOutput,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { keyPart, readResourceKey } from '../event/event-identity.ts'
import { parseTicks, type Ticks } from '../event/ticks.ts'
import { type EventTableDeps, isWritten } from '../ledger/event-table.ts'
import type { Item } from '../ledger/ledger-item.ts'
import { type TableLock, tableLock } from '../ledger/table-lock.ts'

/** The partition of all walks: it is no resource's, since each resource key has a `|` in it. */
export const walksKey = 'smokeball-walks'
/** In that partition, what concerns all walks. The key of each walk has a `|` in it. */
const marksSortKey = 'marks'
/** Losses that come so soon after others are told with them. */
const sameLossesMs = 2 * 3_600_000
/** The partition of the mark of whoever walks: one process at a time does. */
export const walksLockKey = 'smokeball-walks-lock'

/** What a walk over one list of a firm has come to. */
export interface WalkCounts {
  /** Calls of Smokeball's API. */
  calls: number
  /** Rows that were looked at; one may have been on two pages. */
  rows: number
  /** States that no delivery had shown, and that were handed over. */
  found: number
}

/** How far a walk is that has not come to its end. */
export interface WalkPlace extends WalkCounts {
  startedEpochMs: number
  /** Changes from then on are looked at. */
  since: Ticks
  /** What the next page asks for. */
  pageSince: Ticks
  offset: number
  /** When the last page was done. */
  savedEpochMs: number
  /** When the oldest change was that could not be fetched yet. The next walk begins before it. */
  left: Ticks | undefined
}

/** A walk that came to its end. */
export interface EndedWalk extends WalkCounts {
  startedEpochMs: number
  endedEpochMs: number
}

/** What is known of the changes of one kind of resources of a firm. */
export interface Walk {
  accountId: string
  kind: string
  /** Changes up to then were looked at. Undefined before the first walk. */
  known: Ticks | undefined
  place: WalkPlace | undefined
  last: EndedWalk | undefined
  /** Why the last try did not come to its end, and since when none has. */
  problem: { atEpochMs: number; sinceEpochMs: number; text: string } | undefined
}

/** What is to change of a walk: undefined takes it away. */
export type WalkChange = Partial<Omit<Walk, 'accountId' | 'kind'>>

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
      if (await isWritten(deps, marks('lost = :now', values, 'lost > :lately'), abortSignal)) return
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

const maxProblemChars = 1_000

function writeChange(change: WalkChange): Record<string, AttributeValue | undefined> {
  const { known, place, last, problem } = change
  const values = {
    known: known !== undefined ? number(known) : undefined,
    place: place && { M: writePlace(place) },
    last: last && {
      M: { started: number(last.startedEpochMs), ended: number(last.endedEpochMs), ...writeCounts(last) },
    },
    problem: problem && {
      M: {
        at: number(problem.atEpochMs),
        since: number(problem.sinceEpochMs),
        text: { S: problem.text.slice(0, maxProblemChars).toWellFormed() || '-' },
      },
    },
  }
  return Object.fromEntries(Object.entries(values).filter(([name]) => name in change))
}

function writePlace({
  startedEpochMs,
  savedEpochMs,
  since,
  pageSince,
  offset,
  left,
  ...counts
}: WalkPlace): Item {
  return {
    started: number(startedEpochMs),
    saved: number(savedEpochMs),
    since: number(since),
    pageSince: number(pageSince),
    offset: number(offset),
    ...(left !== undefined && { left: number(left) }),
    ...writeCounts(counts),
  }
}

function writeCounts({ calls, rows, found }: WalkCounts): Item {
  return { calls: number(calls), rows: number(rows), found: number(found) }
}

function readWalk({ sk, known, place, last, problem }: Item): Walk {
  const { accountId, kind } = readResourceKey(sk?.S ?? '')
  return {
    accountId,
    kind,
    known: ticksOf(known),
    place: place?.M && readPlace(place.M),
    last: last?.M && {
      startedEpochMs: numberOf(last.M.started),
      endedEpochMs: numberOf(last.M.ended),
      ...readCounts(last.M),
    },
    problem: problem?.M && {
      atEpochMs: numberOf(problem.M.at),
      sinceEpochMs: numberOf(problem.M.since),
      text: problem.M.text?.S ?? '',
    },
  }
}

function readPlace(stored: Item): WalkPlace {
  const since = ticksOf(stored.since) ?? (0n as Ticks)
  return {
    startedEpochMs: numberOf(stored.started),
    savedEpochMs: numberOf(stored.saved),
    since,
    pageSince: ticksOf(stored.pageSince) ?? since,
    offset: numberOf(stored.offset),
    left: ticksOf(stored.left),
    ...readCounts(stored),
  }
}

function readCounts({ calls, rows, found }: Item): WalkCounts {
  return { calls: numberOf(calls), rows: numberOf(rows), found: numberOf(found) }
}

function number(value: number | bigint): AttributeValue {
  return { N: String(value) }
}

function numberOf(value: AttributeValue | undefined): number {
  return Number(value?.N ?? 0)
}

function ticksOf(value: AttributeValue | undefined): Ticks | undefined {
  return value?.N === undefined ? undefined : parseTicks(value.N)
}

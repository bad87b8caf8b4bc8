import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { readResourceKey } from '../event/event-identity.ts'
import { parseTicks, type Ticks } from '../event/ticks.ts'
import type { Item } from '../ledger/ledger-item.ts'

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

const maxProblemChars = 1_000

/** The attributes of a change; one that is undefined goes. */
export function writeChange(change: WalkChange): Record<string, AttributeValue | undefined> {
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

/** A walk from its item. */
export function readWalk({ sk, known, place, last, problem }: Item): Walk {
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

export function number(value: number | bigint): AttributeValue {
  return { N: String(value) }
}

export function numberOf(value: AttributeValue | undefined): number {
  return Number(value?.N ?? 0)
}

function ticksOf(value: AttributeValue | undefined): Ticks | undefined {
  return value?.N === undefined ? undefined : parseTicks(value.N)
}

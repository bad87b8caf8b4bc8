import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { EventStatus, HandlerOutcome } from '../event/outcomes.ts'
import type { Drop, HandlerRecord, Later, ReplayRun } from './event-record.ts'
import type { Item } from './ledger-item.ts'

/** Facts come from a body that nobody signed: none may outgrow the item. */
export const maxFactChars = 256
/** Why an event was given up, or dropped. */
export const maxReasonChars = 1_000

/** The event is run again by what is recorded alone: a RequestId that the facts cut short is kept whole. */
export function writeLater({ token, dueEpochMs, origin }: Later, requestId: string): AttributeValue {
  return {
    M: {
      t: { S: token },
      d: { N: String(dueEpochMs) },
      ...(origin !== undefined && { o: { S: origin === 'own' ? 'o' : 'f' } }),
      ...(requestId.length > maxFactChars && { r: { S: requestId.toWellFormed() } }),
    },
  }
}

export function readLater(stored: Item): Later {
  const origins: Record<string, Later['origin']> = { o: 'own', f: 'foreign' }
  return {
    token: stored.t?.S ?? '',
    dueEpochMs: Number(stored.d?.N ?? 0),
    origin: origins[stored.o?.S ?? ''],
  }
}

/** What a replay came to, as an event item keeps it. */
export function writeReplayRun({ id, atEpochMs, outcome }: ReplayRun): AttributeValue {
  return { M: { i: { S: id }, t: { N: String(atEpochMs) }, o: { S: outcome } } }
}

export function readReplayRun({ M = {} }: AttributeValue): ReplayRun {
  return { id: M.i?.S ?? '', atEpochMs: Number(M.t?.N ?? 0), outcome: M.o?.S as EventStatus }
}

/** Short names: they are stored once an event and handler. */
export function writeHandler(record: HandlerRecord): AttributeValue {
  return {
    M: {
      o: { S: record.outcome },
      ...(record.failures > 0 && { f: { N: String(record.failures) } }),
      ...(record.waits > 0 && { w: { N: String(record.waits) } }),
      ...(record.notBeforeEpochMs !== undefined && { b: { N: String(record.notBeforeEpochMs) } }),
      ...(record.ms !== undefined && { ms: { N: String(record.ms) } }),
      ...(record.replay !== undefined && { r: { S: record.replay } }),
      ...(record.forced && { fo: { BOOL: true } }),
      ...(record.late && { l: { BOOL: true } }),
      ...(record.own && { e: { BOOL: true } }),
    },
  }
}

export function readHandler(value: AttributeValue, error: string | undefined): HandlerRecord {
  const stored = value.M ?? {}
  return {
    outcome: stored.o?.S as HandlerOutcome,
    failures: Number(stored.f?.N ?? 0),
    waits: Number(stored.w?.N ?? 0),
    ...(stored.b?.N !== undefined && { notBeforeEpochMs: Number(stored.b.N) }),
    ...(stored.ms?.N !== undefined && { ms: Number(stored.ms.N) }),
    ...(stored.r?.S !== undefined && { replay: stored.r.S }),
    ...(stored.fo?.BOOL && { forced: true }),
    ...(stored.l?.BOOL && { late: true }),
    ...(stored.e?.BOOL && { own: true }),
    ...(error !== undefined && { error }),
  }
}

export function writeDrop({ reason, atEpochMs }: Drop): AttributeValue {
  return { M: { r: { S: clip(reason, maxReasonChars) }, at: { N: String(atEpochMs) } } }
}

export function readDrop(stored: Item): Drop {
  return { reason: stored.r?.S ?? '', atEpochMs: Number(stored.at?.N ?? 0) }
}

/** Cuts a text, and replaces half a character by U+FFFD: neither facts nor failures need to be well-formed. */
export function clip(value: string, chars: number): string {
  return value.slice(0, chars).toWellFormed()
}

export function clipBytes(given: string, bytes: number): string {
  const value = given.toWellFormed()
  return Buffer.byteLength(value) <= bytes
    ? value
    : Buffer.from(value)
        .subarray(0, bytes)
        .toString()
        .replace(/\uFFFD+$/, '')
}

import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { LetterKind } from '../event/letter-kinds.ts'
import type { EventStatus, HandlerOutcome } from '../event/outcomes.ts'
import { sortableTicks, type Ticks } from '../event/ticks.ts'
import { writeBody } from './event-body.ts'
import type { Drop, EarlierRun, EventRecord, HandlerRecord, Later, ReplayRun } from './event-record.ts'
import type { Item } from './ledger-item.ts'
import { eventKeptMs, expiry, type Retention } from './retention.ts'

/** All handlers' errors of an event together. */
const maxErrorsBytes = 64_000
/** Why an event was given up, or dropped. */
const maxReasonChars = 1_000
/** Facts come from a body that nobody signed: none may outgrow the item. */
const maxFactChars = 256
/** How long an event is kept at least. A second message of an older one runs again, and no queue holds a message for so long. */
const maxReplays = 20
/** A first page of the feed is a query a shard. Each takes 1,000 events a second. */
export const feedShards = 3
/** The index that lists what came lately: sharded by event id, sorted by received time. */
export const feedIndex = { indexName: 'feed', partitionKey: 'feedShard', sortKey: 'feedAt' } as const

/** An event's sort key: a query on a resource gives its history in event order. */
export function eventSortKey(event: { ticks: Ticks; eventId: string }): string {
  return `event#${sortableTicks(event.ticks)}#${event.eventId}`
}

/** Lists the events that are not finished, by when they are due: sharded as the feed. */
export const dueIndex = { indexName: 'due', partitionKey: 'dueShard', sortKey: 'dueAt' } as const

/** What that index tells beside an event's keys: its projection cannot be changed once it is deployed. */
export const dueAttributes = ['type', 'status', 'handlers', 'attempts', 'received', 'fence', 'later'] as const

/** The sort key of a part of its body, which the claim with this fence wrote. */
export function bodySortKey(event: { ticks: Ticks; eventId: string; fence: number }, index: number): string {
  return `body#${sortableTicks(event.ticks)}#${event.eventId}#${event.fence}#${index}`
}

/** By the digits that a reference holds. */
export function feedShardOf(eventId: string): string {
  return String(Number.parseInt(eventId.slice(0, 8), 16) % feedShards)
}

/** An event's place within its shard. Its length is fixed, so that text sorts as time does. */
export function feedAtOf(receivedEpochMs: number, eventId: string): string {
  return `${String(receivedEpochMs).padStart(13, '0')}#${eventId.slice(0, 8)}`
}

/** An event's facts: what the feed lists, and never what a handler said or the body. */
export const feedAttributes = [
  'type',
  'status',
  'handlers',
  'attempts',
  'reason',
  'requestId',
  'sent',
  'received',
  'subscription',
  'source',
  'user',
  'fence',
] as const

/** What a claim reads of an event item: all but the body. */
export const earlierRunAttributes = [
  ...feedAttributes,
  ...(['errors', 'key', 'letter', 'dropped', 'replays', 'later', 'parts', 'bodyFence', 'unread'] as const),
] as const

/**
 * The items of an event: its body's parts, if it is too long for one item, then the event item. Parts are written
 * first and carry the fence in their key: the copies of two subscriptions differ in text and must not mix. `pieces` spares
 * who writes many events of the same text the compression, which is most of the work.
 */
export function writeEventItems(
  record: EventRecord,
  nowEpochMs: number,
  retention: Retention,
  pieces: readonly Buffer[] = record.text === undefined ? [] : writeBody(record.text),
): { parts: Item[]; event: Item } {
  const { ttl } = writeExpiry(record, nowEpochMs, retention)
  const [body, ...more] = pieces
  const pk = { S: record.resourceKey }
  const parts = (more.length > 0 ? pieces : []).map((piece, index) => ({
    pk,
    sk: { S: bodySortKey(record, index) },
    body: { B: piece },
    ttl,
  }))
  const event: Item = {
    pk,
    sk: { S: eventSortKey(record) },
    ...writeFacts(record),
    ...writeOutcome(record),
    ...(parts.length > 0 && { parts: { N: String(parts.length) } }),
    ...(parts.length === 0 && body && { body: { B: body } }),
    ...(record.text === undefined && { unread: { BOOL: true } }),
    feedShard: { S: feedShardOf(record.eventId) },
    feedAt: { S: feedAtOf(record.delivery.receivedEpochMs, record.eventId) },
    ttl,
  }
  return { parts, event }
}

/** What a later run changes of an event item: its outcome, and not what was delivered. */
const outcomeAttributes = [
  ...([
    'status',
    'handlers',
    'errors',
    'attempts',
    'fence',
    'letter',
    'reason',
    'dropped',
    'replays',
  ] as const),
  ...(['later', dueIndex.partitionKey, dueIndex.sortKey, 'ttl'] as const),
] as const

/** The outcome's attributes that are to be set, and the names of those that are to go. */
export function writeOutcomeChange(
  record: EventRecord,
  nowEpochMs: number,
  retention: Retention,
): { set: Item; remove: string[] } {
  const set = {
    ...writeOutcome(record),
    ...writeExpiry(record, nowEpochMs, retention),
    ...(record.bodyFence !== undefined && { bodyFence: { N: String(record.bodyFence) } }),
  }
  return { set, remove: outcomeAttributes.filter((name) => !(name in set)) }
}

function writeExpiry(
  { status }: EventRecord,
  nowEpochMs: number,
  retention: Retention,
): { ttl: { N: string } } {
  return { ttl: { N: String(expiry(nowEpochMs, eventKeptMs(retention, status !== 'failed'))) } }
}

export function readEarlierRun(
  item: Item,
  key: { resourceKey: string; ticks: Ticks; eventId: string },
): EarlierRun {
  const { resourceKey, ticks, eventId } = key
  return {
    resourceKey,
    ticks,
    eventId,
    type: item.type?.S ?? '',
    status: item.status?.S as EventStatus,
    handlers: Object.fromEntries(
      Object.entries(item.handlers?.M ?? {}).map(([name, value]) => [
        name,
        readHandler(value, item.errors?.M?.[name]?.S),
      ]),
    ),
    attempts: Number(item.attempts?.N ?? 1),
    fence: Number(item.fence?.N ?? 0),
    ...(item.letter?.S !== undefined && { kind: item.letter.S as LetterKind }),
    ...(item.reason?.S !== undefined && { reason: item.reason.S }),
    ...(item.dropped?.M && { dropped: readDrop(item.dropped.M) }),
    ...(item.later?.M && { later: readLater(item.later.M) }),
    ...(item.unread?.BOOL && { isUnread: true as const }),
    ...(Number(item.parts?.N ?? 0) > 0 && { bodyFence: Number(item.bodyFence?.N ?? item.fence?.N ?? 0) }),
    delivery: {
      requestId: item.later?.M?.r?.S ?? item.requestId?.S ?? '',
      sentTicks: item.sent?.N === undefined ? undefined : (BigInt(item.sent.N) as Ticks),
      receivedEpochMs: Number(item.received?.N ?? 0),
      subscriptionId: item.subscription?.S,
      source: item.source?.S,
      userId: item.user?.S,
      ...(item.key?.S !== undefined && { keyFingerprint: item.key.S }),
    },
    ...(item.replays?.L && { replays: item.replays.L.map(readReplayRun) }),
  }
}

function writeFacts({ type, delivery }: EventRecord): Item {
  const { requestId, sentTicks, receivedEpochMs, subscriptionId, source, userId, keyFingerprint } = delivery
  return {
    ...text('type', type),
    ...text('requestId', requestId),
    ...(sentTicks !== undefined && { sent: { N: sentTicks.toString() } }),
    received: { N: String(receivedEpochMs) },
    ...text('subscription', subscriptionId),
    ...text('source', source),
    ...text('user', userId),
    ...text('key', keyFingerprint),
  }
}

function writeOutcome(record: EventRecord): Item {
  const { status, handlers, attempts, fence, kind, reason, dropped, replays } = record
  const entries = Object.entries(handlers)
  const errorBytes = Math.min(4096, Math.floor(maxErrorsBytes / Math.max(entries.length, 1)))
  const failed = entries.flatMap(([name, { error }]) =>
    error === undefined ? [] : [[name, { S: clipBytes(error, errorBytes) }]],
  )
  return {
    status: { S: status },
    handlers: {
      M: Object.fromEntries(entries.map(([name, handler]) => [name, writeHandler(handler)])),
    },
    ...(failed.length > 0 && { errors: { M: Object.fromEntries(failed) } }),
    // Nearly always 1: written only when it is not.
    ...(attempts > 1 && { attempts: { N: String(attempts) } }),
    fence: { N: String(fence) },
    ...(kind !== undefined && { letter: { S: kind } }),
    ...(reason !== undefined && { reason: { S: clip(reason, maxReasonChars) } }),
    ...(dropped && { dropped: writeDrop(dropped) }),
    ...(replays && { replays: { L: replays.slice(-maxReplays).map(writeReplayRun) } }),
    ...(status === 'failed' && writeDue(record)),
  }
}

/** One whose delayed message could not be sent is listed as due at once. */
function writeDue({ eventId, later, delivery }: EventRecord): Item {
  return {
    ...(later && { later: writeLater(later, delivery.requestId) }),
    [dueIndex.partitionKey]: { S: feedShardOf(eventId) },
    [dueIndex.sortKey]: { S: feedAtOf(later?.dueEpochMs ?? 0, eventId) },
  }
}

/** The event is run again by what is recorded alone: a RequestId that the facts cut short is kept whole. */
function writeLater({ token, dueEpochMs, origin }: Later, requestId: string): AttributeValue {
  return {
    M: {
      t: { S: token },
      d: { N: String(dueEpochMs) },
      ...(origin !== undefined && { o: { S: origin === 'own' ? 'o' : 'f' } }),
      ...(requestId.length > maxFactChars && { r: { S: requestId.toWellFormed() } }),
    },
  }
}

function readLater(stored: Item): Later {
  const origins: Record<string, Later['origin']> = { o: 'own', f: 'foreign' }
  return {
    token: stored.t?.S ?? '',
    dueEpochMs: Number(stored.d?.N ?? 0),
    origin: origins[stored.o?.S ?? ''],
  }
}

function writeReplayRun({ id, atEpochMs, outcome }: ReplayRun): AttributeValue {
  return { M: { i: { S: id }, t: { N: String(atEpochMs) }, o: { S: outcome } } }
}

function readReplayRun({ M = {} }: AttributeValue): ReplayRun {
  return { id: M.i?.S ?? '', atEpochMs: Number(M.t?.N ?? 0), outcome: M.o?.S as EventStatus }
}

/** Short names: they are stored once an event and handler. */
function writeHandler(record: HandlerRecord): AttributeValue {
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

function readHandler(value: AttributeValue, error: string | undefined): HandlerRecord {
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

function readDrop(stored: Item): Drop {
  return { reason: stored.r?.S ?? '', atEpochMs: Number(stored.at?.N ?? 0) }
}

function text(name: string, value: string | undefined): Item {
  return value === undefined ? {} : { [name]: { S: clip(value, maxFactChars) } }
}

/** Without half a character: neither facts nor failures are held to be well-formed. */
function clip(value: string, chars: number): string {
  return value.slice(0, chars).toWellFormed()
}

function clipBytes(given: string, bytes: number): string {
  const value = given.toWellFormed()
  return Buffer.byteLength(value) <= bytes
    ? value
    : Buffer.from(value)
        .subarray(0, bytes)
        .toString()
        .replace(/\uFFFD+$/, '')
}

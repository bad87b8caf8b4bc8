import { type EventKey, readResourceKey } from '../event/event-identity.ts'
import type { LetterKind } from '../event/letter-kinds.ts'
import type { EventStatus } from '../event/outcomes.ts'
import { sortableTicks, type Ticks } from '../event/ticks.ts'
import { type KnownOfBody, writeBody } from './event-body.ts'
import { dueIndex, feedAtOf, feedAttributes, feedShardOf } from './event-indexes.ts'
import {
  clip,
  clipBytes,
  maxFactChars,
  maxReasonChars,
  readDrop,
  readHandler,
  readLater,
  readReplayRun,
  writeDrop,
  writeHandler,
  writeLater,
  writeReplayRun,
} from './event-item-parts.ts'
import type { EarlierRun, EventRecord } from './event-record.ts'
import type { Item } from './ledger-item.ts'
import { bodyDays, bodyKeptMs, eventKeptMs, expiry, type Retention } from './retention.ts'

/** All handlers' errors of an event together. */
const maxErrorsBytes = 64_000
/** A record keeps so many replays. A second message of an older one would run again; no queue holds a message for so long. */
const maxReplays = 20

/** An event's sort key: a query on a resource gives its history in event order. */
export function eventSortKey(event: { ticks: Ticks; eventId: string }): string {
  return `event#${sortableTicks(event.ticks)}#${event.eventId}`
}

/** An event's place in the table. */
export function eventItemKey(event: EventKey): Item {
  return { pk: { S: event.resourceKey }, sk: { S: eventSortKey(event) } }
}

/** The sort key of a part of its body, which the claim with this fence wrote. */
export function bodySortKey(event: { ticks: Ticks; eventId: string; fence: number }, index: number): string {
  return `body#${sortableTicks(event.ticks)}#${event.eventId}#${event.fence}#${index}`
}

/** What a resource's history tells of an event item: all but the body. */
export const earlierRunAttributes = [
  ...feedAttributes,
  'errors',
  'key',
  'letter',
  'dropped',
  'replays',
  'later',
  'parts',
  'bodyFence',
  'bodyDays',
  'unread',
] as const

/**
 * What an event's item has in common with its body. Subscription and user are written with a body that lies in the item. Parts lie
 * apart, and the item may come to be that of another subscription's copy.
 */
export function knownOfBody({ pk, sk, subscription, user }: Item, isInParts: boolean): KnownOfBody {
  const { kind } = readResourceKey(pk?.S ?? '')
  const attributes = isInParts ? [pk, sk] : [pk, sk, subscription, user]
  return { kind, ids: attributes.map((attribute) => attribute?.S ?? '').join(' ') }
}

/** The body's pieces, and whether they lie in items of their own. */
function piecesOf(text: string, facts: Item, isApart: boolean): { pieces: Buffer[]; isInParts: boolean } {
  const pieces = writeBody(text, knownOfBody(facts, isApart))
  if (isApart || pieces.length === 1) return { pieces, isInParts: isApart }
  return piecesOf(text, facts, true)
}

/**
 * The items of an event: its body's parts, if it is too long for one item or bodies are not kept as long as events, then the event
 * item. Parts are written first and carry the fence in their key: the copies of two subscriptions differ in text and must not mix.
 */
export function writeEventItems(
  record: EventRecord,
  nowEpochMs: number,
  retention: Retention,
): { parts: Item[]; event: Item } {
  const pk = { S: record.resourceKey }
  const facts = { pk, sk: { S: eventSortKey(record) }, ...writeFacts(record) }
  const isApart = retention.bodiesMs !== undefined
  const { pieces, isInParts } =
    record.text === undefined ? { pieces: [], isInParts: false } : piecesOf(record.text, facts, isApart)
  const [body] = pieces
  const parts = (isInParts ? pieces : []).map((piece, index) => ({
    pk,
    sk: { S: bodySortKey(record, index) },
    body: { B: piece },
    ttl: bodyExpiry(record, nowEpochMs, retention),
  }))
  const event: Item = {
    ...facts,
    ...writeOutcome(record),
    ...(parts.length > 0 && { parts: { N: String(parts.length) } }),
    ...(parts.length === 0 && body && { body: { B: body } }),
    ...(record.text === undefined && { unread: { BOOL: true } }),
    feedShard: { S: feedShardOf(record.eventId) },
    feedAt: { S: feedAtOf(record.delivery.receivedEpochMs, record.eventId) },
    ...writeExpiry(record, parts.length, nowEpochMs, retention),
  }
  return { parts, event }
}

/** What a later run changes of an event item: its outcome, and not what was delivered. */
const outcomeAttributes = [
  'status',
  'handlers',
  'errors',
  'attempts',
  'fence',
  'letter',
  'reason',
  'dropped',
  'replays',
  'later',
  dueIndex.partitionKey,
  dueIndex.sortKey,
  'bodyDays',
  'ttl',
] as const

/** The outcome's attributes that are to be set, and the names of those that are to go. */
export function writeOutcomeChange(
  record: EventRecord,
  nowEpochMs: number,
  retention: Retention,
): { set: Item; remove: string[] } {
  const set = {
    ...writeOutcome(record),
    ...writeExpiry(record, record.bodyParts ?? 0, nowEpochMs, retention),
    ...(record.bodyFence !== undefined && { bodyFence: { N: String(record.bodyFence) } }),
  }
  return { set, remove: outcomeAttributes.filter((name) => !(name in set)) }
}

function writeExpiry(
  { status }: EventRecord,
  partCount: number,
  nowEpochMs: number,
  retention: Retention,
): Item {
  // A body in the event item, as before bodies had a time of their own, stays with it.
  const days = partCount === 0 ? undefined : bodyDays(retention, status)
  return {
    ttl: { N: String(expiry(nowEpochMs, eventKeptMs(retention, status !== 'failed'))) },
    ...(days !== undefined && { bodyDays: { N: String(days) } }),
  }
}

/** The `ttl` of the parts of an event's body. */
export function bodyExpiry(
  { status }: Pick<EventRecord, 'status'>,
  nowEpochMs: number,
  retention: Retention,
): { N: string } {
  return { N: String(expiry(nowEpochMs, bodyKeptMs(retention, status))) }
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
    ...(Number(item.parts?.N ?? 0) > 0 && {
      bodyFence: Number(item.bodyFence?.N ?? item.fence?.N ?? 0),
      bodyParts: Number(item.parts?.N),
    }),
    ...(item.bodyDays?.N !== undefined && { bodyDays: Number(item.bodyDays.N) }),
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

function text(name: string, value: string | undefined): Item {
  return value === undefined ? {} : { [name]: { S: clip(value, maxFactChars) } }
}

import type { Delivery, EventPage, Row } from '../api/console-api.ts'
import { isOfType, isWanted } from './feed-filter.ts'

/** What is shown of the feed. */
export interface FeedList {
  /** Newest first. */
  items: readonly FeedItem[]
  /** How far the list goes; undefined before there is a page. */
  reach: FeedReach | undefined
  /** Set while older lines are looked at, which are no longer joined to the newest: what came since. */
  detached: { sinceMs: number; missed: ReadonlySet<string> } | undefined
}

export interface Told {
  rows: readonly Row[]
  deliveries: readonly Delivery[]
}

/** A browser draws this many lines at once without effort. */
export const mostItems = 400
const waitsAtLeastMs = 5_000

export const noFeedList: FeedList = { items: [], reach: undefined, detached: undefined }

/** Returns the list with what has just been told. */
export function withNews(
  list: FeedList,
  told: Told,
  { filter, isIdle, nowMs }: { filter: URLSearchParams; isIdle: boolean; nowMs: number },
): FeedList {
  const { reach, detached } = list
  if (!reach) return list
  if (detached) return { ...list, ...missing(list, detached, told.rows, filter) }
  const merged = mergeFeed(list.items, within(reach, told), filter)
  const items = isIdle ? withoutWaiting(merged, nowMs - waitsAtLeastMs) : merged
  return { ...list, ...cut(items, reach) }
}

/** Returns the list with the first page. Older lines stay if the page reaches back to them. */
export function withNewest(
  { items, reach, detached }: FeedList,
  answer: EventPage,
  told: Told,
  filter: URLSearchParams,
): FeedList {
  const ofAnswer = reachOf(answer)
  const isNewer = isWithin(ofAnswer)
  const isJoined = !detached && items.some(({ row }) => row && isNewer(row.received))
  const kept = isJoined ? items.filter(({ row }) => !row || !isNewer(row.received)) : []
  const merged = mergeFeed([...answer.events.map(itemOfRow), ...kept], within(ofAnswer, told), filter)
  const isLonger = kept.some(({ row }) => row)
  return { ...cut(merged, isLonger && reach ? reach : ofAnswer), detached: undefined }
}

/** Returns the list with the next page. Some of its events may have changed meanwhile. */
export function withOlder(
  { items, detached }: FeedList,
  answer: EventPage,
  told: Told,
  filter: URLSearchParams,
): FeedList {
  const ofPage = mergeFeed(items, { rows: answer.events, deliveries: [] }, new URLSearchParams())
  const ids = new Set(answer.events.map(({ eventId }) => eventId))
  const changed = told.rows.filter(({ eventId }) => ids.has(eventId))
  const reach = reachOf(answer)
  const { deliveries } = within(reach, told)
  const all = mergeFeed(ofPage, { rows: changed, deliveries }, filter)
  const away = { sinceMs: all[0]?.atMs ?? 0, missed: new Set<string>() }
  return {
    items: all.slice(-mostItems),
    reach,
    detached: detached ?? (all.length > mostItems ? away : undefined),
  }
}

/** Lines that are shown still change. Newer events are only counted. */
function missing(
  { items }: FeedList,
  { sinceMs, missed }: NonNullable<FeedList['detached']>,
  rows: readonly Row[],
  filter: URLSearchParams,
): Pick<FeedList, 'items' | 'detached'> {
  const shown = new Set(items.map(({ key }) => key))
  const isNew = (row: Row) => Date.parse(row.received) > sinceMs && isWanted(filter, row)
  const others = rows.filter((row) => !shown.has(row.eventId) && isNew(row))
  const told = { rows: rows.filter(({ eventId }) => shown.has(eventId)), deliveries: [] }
  return {
    items: mergeFeed(items, told, filter),
    detached: { sinceMs, missed: new Set([...missed, ...others.map(({ eventId }) => eventId)]) },
  }
}

/** Lines that no longer have room at the end are loaded again as a page. */
function cut(items: readonly FeedItem[], reach: FeedReach): Pick<FeedList, 'items' | 'reach'> {
  const last = items[mostItems - 1]
  if (items.length <= mostItems || !last) return { items, reach }
  const until = new Date(last.atMs).toISOString()
  return { items: items.slice(0, mostItems), reach: { next: { until }, lookedBackTo: until } }
}

function within(reach: FeedReach, { rows, deliveries }: Told): Told {
  const is = isWithin(reach)
  return {
    rows: rows.filter(({ received }) => is(received)),
    deliveries: deliveries.filter(({ at }) => is(at)),
  }
}

/** A line of the feed: an event, or a delivery that has become none. */
export type FeedItem = { key: string; atMs: number } & (
  | { row: Row; delivery?: never }
  | { row?: never; delivery: Delivery }
)

function itemOfRow(row: Row): FeedItem {
  return { key: row.eventId, atMs: Date.parse(row.received), row }
}

function itemOfDelivery(delivery: Delivery): FeedItem {
  return { key: `delivery-${delivery.seq}`, atMs: Date.parse(delivery.at), delivery }
}

/** How far a list of events goes. */
export interface FeedReach {
  /** Where the next page begins; null if there is none. */
  next: PageStart | null
  /** The moment of the oldest event that was looked at; null if there was none. */
  lookedBackTo: string | null
}

/** After a page, or at a moment. */
export type PageStart = { cursor: string } | { until: string }

function reachOf({ cursor, lookedBackTo }: Pick<EventPage, 'cursor' | 'lookedBackTo'>): FeedReach {
  return { next: cursor === null ? null : { cursor }, lookedBackTo }
}

/**
 * What is older than all that was looked at comes by a page of its own: shown before, it would hide that others are
 * missing.
 */
function isWithin({ next, lookedBackTo }: FeedReach): (iso: string) => boolean {
  return (iso) => next === null || lookedBackTo === null || Date.parse(iso) >= Date.parse(lookedBackTo)
}

/** Puts what has just been told into the feed, newest first. */
function mergeFeed(
  items: readonly FeedItem[],
  told: { rows: readonly Row[]; deliveries: readonly Delivery[] },
  filter: URLSearchParams,
): FeedItem[] {
  const byKey = new Map(items.map((item) => [item.key, item]))
  for (const row of told.rows) {
    if (isWanted(filter, row)) byKey.set(row.eventId, itemOfRow(row))
    else byKey.delete(row.eventId)
  }
  for (const delivery of told.deliveries.filter((each) => isShown(each, filter))) {
    const item = itemOfDelivery(delivery)
    byKey.set(item.key, item)
  }
  const all = [...byKey.values()]
  const ids = all.flatMap(({ row }) => (row ? [row.eventId] : []))
  return all.filter(({ delivery }) => !delivery || !isRecorded(delivery, ids)).sort((a, b) => b.atMs - a.atMs)
}

/** Once the queue is empty, nothing waits: the event was recorded before, beyond what is shown. */
function withoutWaiting(items: readonly FeedItem[], beforeMs: number): FeedItem[] {
  return items.filter(({ delivery, atMs }) => delivery?.outcome !== 'accepted' || atMs > beforeMs)
}

function isRecorded({ outcome, event }: Delivery, ids: readonly string[]): boolean {
  return outcome === 'accepted' && (event === undefined || ids.some((id) => id.startsWith(event)))
}

/** A delivery is filtered by its type alone; the other filters are about events. */
function isShown(delivery: Delivery, filter: URLSearchParams): boolean {
  if ([...filter.keys()].some((name) => name !== 'type')) return false
  const pattern = filter.get('type')
  return pattern === null || (delivery.type !== undefined && isOfType(delivery.type, pattern))
}

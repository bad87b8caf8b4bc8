import { readFeed } from '../../../shared/ledger/event-feed.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import type { EventTableDeps } from '../../../shared/ledger/event-table.ts'
import { findEvent, parseReference } from '../../../shared/ledger/find-event.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { rowsSince } from '../../operate/events/feed.ts'

interface FeedWatchDeps extends EventTableDeps {
  clock: Pick<Clock, 'now'>
}

interface FeedWatch {
  /**
   * Events that are new, or came to something else, since the look before; the oldest first. The first look tells those of
   * the last moments alone.
   */
  look(signal: AbortSignal): Promise<EventRow[]>
  /** Looks out for this event for a while, wherever it stands in the feed. */
  expect(reference: string): void
}

/** What the first look reads, and how many events are remembered. */
const seedRows = 500
const knownRows = 5_000
/** One look reads at most this many rows of the feed. What came before them is not told, but the list has it. */
const rowsAtMost = 2_000
const justNowMs = 10_000
/** Most events are recorded within a moment: only now and then it is worth while to read further back. */
const quickLookMs = 20_000
const longLookMs = 5 * 60_000
const looksPerLongLook = 15
/** A redrive or a replay is through by then, or waits for something else. */
const expectedMs = 10 * 60_000

/**
 * Watches the feed for one table. Each look reads its last stretch, however large the table is; and, a few at a time, the
 * events that may still come to something else, since those stay where they were received.
 */
export function feedWatch(deps: FeedWatchDeps): FeedWatch {
  /** Event id → what it came to last. The event that was told last is the last. */
  const known = new Map<string, string>()
  const unsettled = roundRobin<string>({ atMost: 300, now: deps.clock.now })
  const expected = roundRobin<string>({ atMost: 1_000, now: deps.clock.now })
  let newestEpochMs: number | undefined
  let looks = 0

  async function look(signal: AbortSignal): Promise<EventRow[]> {
    if (newestEpochMs === undefined) return seed(signal)
    looks += 1
    const backMs = looks % looksPerLongLook === 0 ? longLookMs : quickLookMs
    const sinceEpochMs = newestEpochMs - backMs
    const [{ rows }, ...others] = await Promise.all([
      rowsSince(deps, { sinceEpochMs, atMost: rowsAtMost }, signal),
      ...[...expected.next(10), ...unsettled.next(5)].map((reference) => readAgain(reference, signal)),
    ])
    return [...rows, ...others.flat()].filter(isNews).sort(byReceived)
  }

  async function seed(signal: AbortSignal): Promise<EventRow[]> {
    const { events } = await readFeed(deps, { limit: seedRows }, signal)
    newestEpochMs = 0
    return events
      .reverse()
      .filter(isNews)
      .filter(({ delivery }) => delivery.receivedEpochMs >= deps.clock.now() - justNowMs)
  }

  async function readAgain(text: string, signal: AbortSignal): Promise<EventRow[]> {
    const reference = parseReference(text)
    if (!reference) return []
    const found = await findEvent(deps, reference, signal)
    if (found.kind === 'found') return [found.event]
    // The event has expired, and each further look for it would be a search.
    unsettled.delete(text)
    expected.delete(text)
    return []
  }

  /** Tells whether the row is new or has changed, and remembers it. */
  function isNews(row: EventRow): boolean {
    const { eventId, fence, status, attempts, reference, delivery } = row
    newestEpochMs = Math.max(newestEpochMs ?? 0, delivery.receivedEpochMs)
    if (status === 'failed' || status === 'dead-lettered') unsettled.add(reference)
    else unsettled.delete(reference)
    const cameTo = `${fence} ${status} ${attempts}`
    if (known.get(eventId) === cameTo) return false
    known.delete(eventId)
    known.set(eventId, cameTo)
    for (const oldest of known.keys()) {
      if (known.size <= knownRows) break
      known.delete(oldest)
    }
    return true
  }

  return {
    look,
    expect: (reference) => expected.add(reference, deps.clock.now() + expectedMs),
  }
}

function byReceived(a: EventRow, b: EventRow): number {
  return a.delivery.receivedEpochMs - b.delivery.receivedEpochMs
}

/** Things that are read again in turn, a few at a time. */
interface RoundRobin<T> {
  /** Keeps the thing until that moment, or until it is deleted. A thing that is there already keeps its turn. */
  add(thing: T, untilEpochMs?: number): void
  delete(thing: T): void
  /** Returns the things whose turn it is. */
  next(count: number): T[]
}

/** When there are more things than `atMost`, the one that was added first goes. */
function roundRobin<T>({ atMost, now }: { atMost: number; now(): number }): RoundRobin<T> {
  const kept = new Map<T, number>()
  return {
    add(thing, untilEpochMs = Number.POSITIVE_INFINITY) {
      kept.set(thing, untilEpochMs)
      const [first] = kept.keys()
      if (kept.size > atMost && first !== undefined) kept.delete(first)
    },
    delete: (thing) => void kept.delete(thing),
    next(count) {
      const turn = [...kept].slice(0, count)
      for (const [thing, untilEpochMs] of turn) {
        kept.delete(thing)
        if (untilEpochMs > now()) kept.set(thing, untilEpochMs)
      }
      return turn.map(([thing]) => thing)
    },
  }
}

import { readFeed } from '../../../shared/ledger/event-feed.ts'
import { type EventFilter, matchesFilter } from '../../../shared/ledger/event-filter.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import type { EventTableDeps } from '../../../shared/ledger/event-table.ts'
import { type Clock, wait } from '../../../shared/runtime/clock.ts'

interface FollowDeps extends EventTableDeps {
  clock: Pick<Clock, 'after'>
  /** It is told of a look that failed, and how many failed in a row. It throws to end the following. */
  onProblem(error: unknown, inARow: number): void
}

export interface FollowOptions {
  filter: EventFilter
  /** Begins with the events received since then. Undefined: with those that come from now on. */
  sinceEpochMs?: number | undefined
  /** An event that is recorded so much later than others is still told. */
  waitedMs: number
  /** @default 2 s */
  askAgainMs?: number
}

const usualAskMs = 2_000
/** Most events are recorded at once, so only some looks read further back. */
const quickLookMs = 20_000
const looksPerLongLook = 15

/**
 * Tells each event once, as it is recorded, the oldest of a look first. The feed is sorted by when events were received, so
 * one that waited appears behind others that were told: each look reads some of them again. By no clock but the feed's own,
 * since those of this machine and of the receiver may differ. Ends by throwing the signal's reason.
 */
export async function* followFeed(
  deps: FollowDeps,
  { filter, sinceEpochMs, waitedMs, askAgainMs = usualAskMs }: FollowOptions,
  signal: AbortSignal,
): AsyncGenerator<EventRow> {
  const seen = await seenBefore(deps, sinceEpochMs, waitedMs, signal)
  let lookFromEpochMs = sinceEpochMs ?? newestOf(seen)
  let failed = 0
  for (let looks = 1; ; looks++) {
    try {
      const rows = await allSince(deps, lookFromEpochMs, signal)
      failed = 0
      for (const row of rows.filter(({ eventId }) => !seen.has(eventId))) {
        seen.set(row.eventId, row.delivery.receivedEpochMs)
        if (matchesFilter(filter, row)) yield row
      }
    } catch (error) {
      signal.throwIfAborted()
      failed += 1
      deps.onProblem(error, failed)
    }
    await wait(deps.clock, askAgainMs, signal)
    const backMs = looks % looksPerLongLook === 0 ? waitedMs : Math.min(quickLookMs, waitedMs)
    // A look that failed is made again from where it began.
    if (failed === 0) lookFromEpochMs = newestOf(seen) - backMs
    forget(seen, newestOf(seen) - waitedMs)
  }
}

/** Event id → when it was received, for all that a later look may read again though it is not to be told. */
async function seenBefore(
  deps: EventTableDeps,
  sinceEpochMs: number | undefined,
  waitedMs: number,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const { events } = await readFeed(deps, { limit: 1 }, signal)
  const newestEpochMs = events[0]?.delivery.receivedEpochMs ?? 0
  return new Map(
    (await allSince(deps, newestEpochMs - waitedMs, signal))
      .filter(({ delivery }) => sinceEpochMs === undefined || delivery.receivedEpochMs < sinceEpochMs)
      .map(({ eventId, delivery }) => [eventId, delivery.receivedEpochMs]),
  )
}

/** The oldest first. */
async function allSince(deps: EventTableDeps, epochMs: number, signal: AbortSignal): Promise<EventRow[]> {
  return (await rowsSince(deps, { sinceEpochMs: epochMs }, signal)).rows.reverse()
}

function newestOf(seen: ReadonlyMap<string, number>): number {
  let newest = 0
  for (const at of seen.values()) newest = Math.max(newest, at)
  return newest
}

/** No look reads the older ones again. */
function forget(seen: Map<string, number>, beforeEpochMs: number): void {
  for (const [eventId, at] of seen) if (at < beforeEpochMs) seen.delete(eventId)
}

const pageLimit = 500

/** The events that were received since then, the newest first. `isCut`: there were more than `atMost`, and the oldest are left out. */
export async function rowsSince(
  deps: EventTableDeps,
  { sinceEpochMs, atMost = Number.POSITIVE_INFINITY }: { sinceEpochMs: number; atMost?: number },
  signal: AbortSignal,
): Promise<{ rows: EventRow[]; isCut: boolean }> {
  const rows: EventRow[] = []
  const filter = { sinceEpochMs: Math.max(0, sinceEpochMs) }
  let cursor: string | undefined
  do {
    const limit = Math.min(pageLimit, atMost - rows.length)
    const page = await readFeed(deps, { filter, limit, cursor }, signal)
    rows.push(...page.events)
    cursor = page.cursor
  } while (cursor !== undefined && rows.length < atMost)
  return { rows, isCut: cursor !== undefined }
}

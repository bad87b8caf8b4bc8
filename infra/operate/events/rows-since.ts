import { readFeed } from '../../../shared/ledger/event-feed.ts'
import type { EventRow, EventTableDeps } from '../../../shared/ledger/event-row.ts'

const pageLimit = 500

/** What was received since then, the newest first. `isCut`: there were more than `atMost`, and the oldest are left out. */
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

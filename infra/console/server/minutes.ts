import type { EventStatus } from '../../../shared/event/outcomes.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import { percentile } from '../../operate/percentile.ts'

const minuteMs = 60_000

export interface Minute {
  /** Its beginning, in UTC. */
  at: string
  /** Events that were received in it, by what they have come to. */
  outcomes: Partial<Record<EventStatus, number>>
  /** Percentiles of what the handlers of these events took, in milliseconds; null when none was run. */
  p50: number | null
  p95: number | null
}

/** Each minute of a stretch, the oldest first, those without an event too. */
export function minutesOf(
  rows: readonly EventRow[],
  { fromEpochMs, toEpochMs }: { fromEpochMs: number; toEpochMs: number },
): Minute[] {
  const byMinute = Map.groupBy(rows, ({ delivery }) => minuteOf(delivery.receivedEpochMs))
  const count = (minuteOf(toEpochMs) - minuteOf(fromEpochMs)) / minuteMs + 1
  return Array.from({ length: count }, (_, index) => {
    const epochMs = minuteOf(fromEpochMs) + index * minuteMs
    return minute(epochMs, byMinute.get(epochMs) ?? [])
  })
}

function minute(epochMs: number, rows: readonly EventRow[]): Minute {
  const outcomes: Minute['outcomes'] = {}
  for (const { status } of rows) outcomes[status] = (outcomes[status] ?? 0) + 1
  const took = rows
    .flatMap(({ handlers }) => Object.values(handlers).flatMap(({ ms }) => ms ?? []))
    .sort((a, b) => a - b)
  const latency = (p: number) => (took.length > 0 ? percentile(took, p) : null)
  return { at: new Date(epochMs).toISOString(), outcomes, p50: latency(50), p95: latency(95) }
}

function minuteOf(epochMs: number): number {
  return Math.floor(epochMs / minuteMs) * minuteMs
}

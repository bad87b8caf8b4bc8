import type { Row } from '../api/row.ts'

/** Ids of the events that arrived after one that happened later. */
export function lateEvents(rows: readonly Row[]): Set<string> {
  const late = new Set<string>()
  let firstOfNewer = Number.POSITIVE_INFINITY
  for (const { eventId, received } of rows.toSorted((a, b) => compareTicks(b.ticks, a.ticks))) {
    const arrivedMs = Date.parse(received)
    if (arrivedMs > firstOfNewer) late.add(eventId)
    firstOfNewer = Math.min(firstOfNewer, arrivedMs)
  }
  return late
}

/** Beyond 2^53, and so no numbers. */
function compareTicks(a: string, b: string): number {
  const [first, second] = [BigInt(a), BigInt(b)]
  return first < second ? -1 : first > second ? 1 : 0
}

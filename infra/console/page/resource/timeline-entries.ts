import type { Delivery } from '../api/delivery.ts'
import type { Row } from '../api/row.ts'
import { type OutcomeWords, wordsOf } from '../parts/outcome-words.ts'
import { timelinePlaces } from './timeline-places.ts'

/** A line of the timeline: an event, or a copy of one, from when it happened to when it arrived. */
export interface TimelineEntry {
  key: string
  row: Row
  /** It happened when its event did, and has no mark of its own there. */
  isCopy: boolean
  outcome: OutcomeWords
  arrived: string
  /** From left (0) to right (1). */
  happenedPlace: number
  arrivedPlace: number
}

/** `rows`: the oldest first, since several may have happened within a millisecond. `copies`: their deliveries that the queue dropped. */
export function timelineEntries(rows: readonly Row[], copies: readonly Delivery[]): TimelineEntry[] {
  const ofEvents = rows.map((row) => {
    return { key: row.eventId, row, isCopy: false, outcome: wordsOf.row(row), arrived: row.received }
  })
  const ofCopies = copies.flatMap(({ event, at }, index) => {
    const row = rows.find(({ eventId }) => event !== undefined && eventId.startsWith(event))
    return row
      ? [{ key: `copy-${index}`, row, isCopy: true, outcome: wordsOf.delivery('dropped'), arrived: at }]
      : []
  })
  const all = [...ofEvents, ...ofCopies]
  const places = timelinePlaces([
    ...all.map(({ arrived }) => ({ atMs: Date.parse(arrived), track: 'arrived' as const })),
    ...rows.map(({ happened }) => ({ atMs: Date.parse(happened), track: 'happened' as const })),
  ])
  return all.map((entry, at) => ({
    ...entry,
    arrivedPlace: places[at] ?? 0,
    happenedPlace: places[all.length + rows.indexOf(entry.row)] ?? 0,
  }))
}

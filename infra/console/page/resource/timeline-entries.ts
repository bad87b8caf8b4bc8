import type { Delivery, Row } from '../api/console-api.ts'
import { type OutcomeWords, wordsOf } from '../parts/outcome-words.ts'

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

/**
 * `rows`: the oldest first, since several may have happened within a millisecond. `copies`: their deliveries that the
 * queue dropped.
 */
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

/** Ticks are beyond 2^53, so they are compared as big integers. */
function compareTicks(a: string, b: string): number {
  const [first, second] = [BigInt(a), BigInt(b)]
  return first < second ? -1 : first > second ? 1 : 0
}

interface TimelinePoint {
  atMs: number
  track: 'happened' | 'arrived'
}

/**
 * Where moments lie from left (0) to right (1), on one scale for both tracks. Long silences are drawn short, and moments
 * of one track never lie upon each other: so a burst can be read beside what came days before.
 */
export function timelinePlaces(points: readonly TimelinePoint[]): number[] {
  const order = points.map((point, at) => ({ ...point, at })).sort(byTime)
  const places: number[] = points.map(() => 0)
  let place = 0
  for (const [index, point] of order.entries()) {
    const before = order[index - 1]
    if (before) place += widthBetween(before, point)
    places[point.at] = place
  }
  return places.map((each) => (place === 0 ? 0.5 : each / place))
}

type Ordered = TimelinePoint & { at: number }

/** At the same time, one track after the other, so that neighbours of one track are beside each other. */
function byTime(a: Ordered, b: Ordered): number {
  return a.atMs - b.atMs || a.track.localeCompare(b.track) || a.at - b.at
}

function widthBetween(before: TimelinePoint, after: TimelinePoint): number {
  const seconds = (after.atMs - before.atMs) / 1000
  if (seconds === 0) return before.track === after.track ? 0.5 : 0
  return 0.5 + Math.log10(1 + seconds)
}

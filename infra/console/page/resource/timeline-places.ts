export interface TimelinePoint {
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

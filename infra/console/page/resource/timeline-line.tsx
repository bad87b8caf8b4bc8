import { Shape } from '../parts/shape.tsx'
import { hrefOf } from '../route.ts'
import type { TimelineEntry } from './timeline-entries.ts'

export interface EntryPlace {
  happened: { x: number; y: number }
  arrived: { x: number; y: number }
}

interface Props {
  entry: TimelineEntry
  place: EntryPlace
  marked: string | undefined
  onMark(eventId: string | undefined): void
}

/** An event, or a copy of one, from when it happened to when it arrived. */
export function TimelineLine({ entry, place: { happened, arrived }, marked, onMark }: Props) {
  const { row, isCopy, outcome } = entry
  return (
    <a
      href={hrefOf.event(row.reference)}
      tabindex={-1}
      class={`joined tone-${outcome.tone}${marked === row.eventId ? ' is-marked' : ''}`}
      onMouseEnter={() => onMark(row.eventId)}
      onMouseLeave={() => onMark(undefined)}
    >
      <title>{`${row.type}: ${outcome.word}`}</title>
      <line x1={happened.x} y1={happened.y} x2={arrived.x} y2={arrived.y} />
      {!isCopy && (
        <g transform={`translate(${happened.x} ${happened.y})`}>
          <Shape name={outcome.shape} />
        </g>
      )}
      <g transform={`translate(${arrived.x} ${arrived.y})`}>
        <Shape name={outcome.shape} />
      </g>
    </a>
  )
}

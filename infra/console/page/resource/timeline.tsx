import type { Delivery } from '../api/delivery.ts'
import type { Row } from '../api/row.ts'
import { OutcomeMark } from '../parts/outcome-mark.tsx'
import { type TimelineEntry, timelineEntries } from './timeline-entries.ts'
import { type EntryPlace, TimelineLine } from './timeline-line.tsx'
import { TimelineTrack } from './timeline-track.tsx'
import { useWidth } from './use-width.ts'

interface Props {
  /** Newest first. */
  rows: readonly Row[]
  copies: readonly Delivery[]
  /** The event that is looked at in the list. */
  marked: string | undefined
  onMark(eventId: string | undefined): void
}

const height = 176
const happenedY = 54
const arrivedY = 122
const edge = 14
const pixelsAnEvent = 24

/** Two tracks, when it happened and when it arrived, and a line for each event: lines that cross show disorder. */
export function Timeline({ rows, copies, marked, onMark }: Props) {
  const [place, width] = useWidth()
  const drawn = rows.slice(0, Math.max(4, Math.floor(width / pixelsAnEvent)))
  const entries = timelineEntries(drawn.toReversed(), copies)
  const x = (at: number) => edge + at * (width - 2 * edge)
  const places = (entry: TimelineEntry): EntryPlace => ({
    happened: { x: x(entry.happenedPlace), y: happenedY },
    arrived: { x: x(entry.arrivedPlace), y: arrivedY },
  })
  return (
    <figure class="timeline" ref={place}>
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
        <TimelineTrack
          {...{ name: 'Happened', y: happenedY, width, side: 'above' }}
          moments={entries.map((entry) => ({ iso: entry.row.happened, x: places(entry).happened.x }))}
        />
        <TimelineTrack
          {...{ name: 'Arrived', y: arrivedY, width, side: 'below' }}
          moments={entries.map((entry) => ({ iso: entry.arrived, x: places(entry).arrived.x }))}
        />
        {entries.map((entry) => (
          <TimelineLine key={entry.key} {...{ entry, place: places(entry), marked, onMark }} />
        ))}
      </svg>
      <TimelineKeys entries={entries} drawn={drawn.length} all={rows.length} />
    </figure>
  )
}

function TimelineKeys(props: { entries: readonly TimelineEntry[]; drawn: number; all: number }) {
  const outcomes = new Map(props.entries.map(({ outcome }) => [outcome.word, outcome]))
  return (
    <figcaption class="muted">
      <ul class="keys">
        {[...outcomes].map(([word, outcome]) => (
          <li key={word}>
            <OutcomeMark of={outcome} />
          </li>
        ))}
      </ul>
      Each line is an event, from when it happened to when it arrived; lines that cross arrived in another
      order. Long silences are drawn short.
      {props.drawn < props.all && ` The newest ${props.drawn} of ${props.all} events are drawn.`}
    </figcaption>
  )
}

import { useEffect, useRef, useState } from 'preact/hooks'
import type { Delivery } from '../api/delivery.ts'
import type { Row } from '../api/row.ts'
import { OutcomeMark } from '../parts/outcome-mark.tsx'
import { Shape } from '../parts/shape.tsx'
import { hrefOf } from '../route.ts'
import { timelineEntries } from './timeline-entries.ts'
import { TimelineTrack } from './timeline-track.tsx'

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
  return (
    <figure class="timeline" ref={place}>
      <svg width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
        <TimelineTrack
          {...{ name: 'Happened', y: happenedY, width, side: 'above' }}
          moments={entries.map(({ row, happenedPlace }) => ({ iso: row.happened, x: x(happenedPlace) }))}
        />
        <TimelineTrack
          {...{ name: 'Arrived', y: arrivedY, width, side: 'below' }}
          moments={entries.map(({ arrived, arrivedPlace }) => ({ iso: arrived, x: x(arrivedPlace) }))}
        />
        {entries.map(({ key, row, isCopy, outcome, happenedPlace, arrivedPlace }) => (
          <a
            key={key}
            href={hrefOf.event(row.reference)}
            tabindex={-1}
            class={`joined tone-${outcome.tone}${marked === row.eventId ? ' is-marked' : ''}`}
            onMouseEnter={() => onMark(row.eventId)}
            onMouseLeave={() => onMark(undefined)}
          >
            <title>{`${row.type}: ${outcome.word}`}</title>
            <line x1={x(happenedPlace)} y1={happenedY} x2={x(arrivedPlace)} y2={arrivedY} />
            {!isCopy && (
              <g transform={`translate(${x(happenedPlace)} ${happenedY})`}>
                <Shape name={outcome.shape} />
              </g>
            )}
            <g transform={`translate(${x(arrivedPlace)} ${arrivedY})`}>
              <Shape name={outcome.shape} />
            </g>
          </a>
        ))}
      </svg>
      <ul class="keys">
        {[...new Set(entries.map(({ outcome }) => outcome))].map((outcome) => (
          <li key={outcome.word}>
            <OutcomeMark of={outcome} />
          </li>
        ))}
      </ul>
      <figcaption class="muted">
        Each line is an event, from when it happened to when it arrived; lines that cross arrived in another
        order. Long silences are drawn short.
        {drawn.length < rows.length && ` The newest ${drawn.length} of ${rows.length} events are drawn.`}
      </figcaption>
    </figure>
  )
}

function useWidth() {
  const place = useRef<HTMLElement>(null)
  const [width, setWidth] = useState(320)
  useEffect(() => {
    const element = place.current
    if (!element) return
    const observer = new ResizeObserver(() => setWidth(Math.floor(element.clientWidth)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [place, width] as const
}

import { useEffect, useRef, useState } from 'preact/hooks'
import type { Delivery, Row } from '../api/console-api.ts'
import { OutcomeMark, Shape } from '../parts/outcome-mark.tsx'
import { hrefOf } from '../route.ts'
import { type TimelineEntry, timelineEntries } from './timeline-entries.ts'

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
          name="Happened"
          y={happenedY}
          width={width}
          side="above"
          moments={entries.map((entry) => ({ iso: entry.row.happened, x: places(entry).happened.x }))}
        />
        <TimelineTrack
          name="Arrived"
          y={arrivedY}
          width={width}
          side="below"
          moments={entries.map((entry) => ({ iso: entry.arrived, x: places(entry).arrived.x }))}
        />
        {entries.map((entry) => (
          <TimelineLine key={entry.key} entry={entry} place={places(entry)} marked={marked} onMark={onMark} />
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

interface EntryPlace {
  happened: { x: number; y: number }
  arrived: { x: number; y: number }
}

interface LineProps {
  entry: TimelineEntry
  place: EntryPlace
  marked: string | undefined
  onMark(eventId: string | undefined): void
}

/** An event, or a copy of one, from when it happened to when it arrived. */
function TimelineLine({ entry, place: { happened, arrived }, marked, onMark }: LineProps) {
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

interface TrackProps {
  name: string
  y: number
  width: number
  /** Where the times stand. */
  side: 'above' | 'below'
  moments: readonly { iso: string; x: number }[]
}

const burstMs = 60_000

/** A horizontal axis of time, with as many times written as there is room for. */
function TimelineTrack({ name, y, width, side, moments }: TrackProps) {
  const times = moments.map(({ iso }) => Date.parse(iso))
  const isBurst = Math.max(...times) - Math.min(...times) < burstMs
  const labelWidth = isBurst ? 76 : 54
  const within = (x: number) => Math.min(Math.max(x, labelWidth / 2), width - labelWidth / 2)
  const labels = spaced(
    moments.map(({ iso, x }) => ({ iso, x: within(x) })),
    labelWidth + 12,
  )
  const textY = side === 'above' ? y - 14 : y + 24
  const nameY = side === 'above' ? y - 34 : y + 44
  return (
    <g class="track">
      <text class="track-name" x={0} y={nameY}>
        {name}
      </text>
      <line x1={0} y1={y} x2={width} y2={y} />
      {labels.map(({ iso, x }) => (
        <text key={`${iso}-${x}`} x={x} y={textY} text-anchor="middle">
          {shown(iso, isBurst)}
        </text>
      ))}
    </g>
  )
}

function spaced(moments: TrackProps['moments'], apart: number): { iso: string; x: number }[] {
  const labels: { iso: string; x: number }[] = []
  for (const moment of moments.toSorted((a, b) => a.x - b.x)) {
    const last = labels.at(-1)
    if (!last || moment.x - last.x > apart) labels.push(moment)
  }
  return labels
}

/** Shows the time, with milliseconds in a burst, or the date if it was another day. */
function shown(iso: string, isBurst: boolean): string {
  const moment = new Date(iso)
  if (Number.isNaN(moment.getTime())) return iso
  const time = moment.toTimeString().slice(0, 8)
  if (isBurst) return `${time}.${String(moment.getMilliseconds()).padStart(3, '0')}`
  if (moment.toDateString() === new Date().toDateString()) return time
  return moment.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })
}

/** How wide an element is, in pixels. */
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

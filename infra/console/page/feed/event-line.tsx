import type { Row } from '../api/row.ts'
import { Moment } from '../parts/moment.tsx'
import { OutcomeMark } from '../parts/outcome-mark.tsx'
import { wordsOf } from '../parts/outcome-words.ts'
import { hrefOf } from '../route.ts'
import { EventMarks } from './event-marks.tsx'

/** An event of the feed: its type leads to it, its resource to the resource's history. */
export function EventLine({ row }: { row: Row }) {
  const times = Object.values(row.handlers).flatMap(({ ms }) => (ms === undefined ? [] : [ms]))
  return (
    <tr>
      <td data-label="Outcome">
        <OutcomeMark of={wordsOf.row(row)} />
        <EventMarks row={row} />
      </td>
      <td data-label="Type">
        <a href={hrefOf.event(row.reference)}>{row.type}</a> <span class="reference">{row.reference}</span>
      </td>
      <td data-label="Resource" class="id">
        <a href={hrefOf.resource(row)} class="quiet-link">
          {row.resource.kind} {row.resource.id}
        </a>
      </td>
      <td data-label="Handlers">
        <HandlersOf row={row} />
      </td>
      <td data-label="ms" class="number">
        {times.length === 0 ? <span class="muted">–</span> : Math.round(Math.max(...times))}
      </td>
      <td data-label="Received" class="when">
        <Moment iso={row.received} />
      </td>
    </tr>
  )
}

function HandlersOf({ row }: { row: Row }) {
  const handlers = Object.entries(row.handlers).map(
    ([name, { outcome }]) => [name, wordsOf.handler(outcome)] as const,
  )
  if (handlers.length === 0) return <span class="muted">none</span>
  return (
    <ul class="inline">
      {handlers.map(([name, { tone, word }], at) => (
        <li key={name}>
          {name} <span class={`tone-${tone}`}>{word}</span>
          {at < handlers.length - 1 && ', '}
        </li>
      ))}
    </ul>
  )
}

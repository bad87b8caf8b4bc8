import type { Row } from '../api/row.ts'
import { Moment } from '../parts/moment.tsx'
import { OutcomeMark } from '../parts/outcome-mark.tsx'
import { wordsOf } from '../parts/outcome-words.ts'
import { hrefOf } from '../route.ts'

interface Props {
  rows: readonly Row[]
  late: ReadonlySet<string>
  marked: string | undefined
  onMark(eventId: string | undefined): void
}

/** A resource's events in the order in which they happened, newest first. */
export function ResourceLines({ rows, late, marked, onMark }: Props) {
  return (
    <table class="lines">
      <caption class="visually-hidden">Events in the order in which they happened, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Outcome</th>
          <th scope="col">Type</th>
          <th scope="col">Happened</th>
          <th scope="col">Arrived</th>
        </tr>
      </thead>
      <tbody onMouseLeave={() => onMark(undefined)}>
        {rows.map((row) => (
          <tr
            key={row.eventId}
            class={marked === row.eventId ? 'is-marked' : undefined}
            onMouseEnter={() => onMark(row.eventId)}
            onFocusIn={() => onMark(row.eventId)}
          >
            <Cells row={row} isLate={late.has(row.eventId)} />
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Cells({ row, isLate }: { row: Row; isLate: boolean }) {
  return (
    <>
      <td data-label="Outcome">
        <OutcomeMark of={wordsOf.row(row)} />
      </td>
      <td data-label="Type">
        <a href={hrefOf.event(row.reference)}>{row.type}</a>
        <span class="reference">{row.reference}</span>
      </td>
      <td data-label="Happened" class="when">
        <Moment iso={row.happened} detail="ms" />
      </td>
      <td data-label="Arrived" class="when">
        <Moment iso={row.received} detail="ms" />
        {isLate && <span class="tag">after a newer one</span>}
      </td>
    </>
  )
}

import { type LetterKind, letterKinds } from '../../../../shared/event/letter-kinds.ts'
import type { Letter } from '../api/console-api.ts'
import { Moment } from '../parts/moment.tsx'
import { hrefOf } from '../route.ts'

interface Props {
  letters: readonly Letter[]
  selected: ReadonlySet<string>
  onSelect(ids: ReadonlySet<string>): void
}

/** What lies in the dead-letter queue, oldest first, to choose from. */
export function LetterTable({ letters, selected, onSelect }: Props) {
  const all = letters.length > 0 && letters.every(({ id }) => selected.has(id))
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={all}
          onChange={() => onSelect(new Set(all ? [] : letters.map(({ id }) => id)))}
        />
        Select all {letters.length}
      </label>
      <table class="lines">
        <caption class="visually-hidden">Dead letters, oldest first</caption>
        <LetterHeads />
        <tbody>
          {letters.map((letter) => (
            <LetterLine
              key={letter.id}
              letter={letter}
              isSelected={selected.has(letter.id)}
              onToggle={() => onSelect(new Set(selected).symmetricDifference(new Set([letter.id])))}
            />
          ))}
        </tbody>
      </table>
    </>
  )
}

function LetterHeads() {
  return (
    <thead>
      <tr>
        <th scope="col">
          <span class="visually-hidden">Selected</span>
        </th>
        <th scope="col">Event</th>
        <th scope="col">Why</th>
        <th scope="col">Reason</th>
        <th scope="col">Since</th>
      </tr>
    </thead>
  )
}

function LetterLine(props: { letter: Letter; isSelected: boolean; onToggle(): void }) {
  const { letter, isSelected, onToggle } = props
  const { event, reason, since } = letter
  const kind = letterKinds[letter.kind as LetterKind] ?? { word: letter.kind, means: '' }
  return (
    <tr>
      <td data-label="Selected">
        <input
          type="checkbox"
          checked={isSelected}
          onChange={onToggle}
          aria-label={`Select ${event ? `${event.type} ${event.reference}` : letter.id}`}
        />
      </td>
      <td data-label="Event">
        {event ? <EventOf event={event} /> : <span class="muted">no readable notification</span>}
      </td>
      <td data-label="Why">
        <strong>{kind.word}</strong> <span class="muted">{kind.means}</span>
      </td>
      <td data-label="Reason" class="reason">
        {reason}
      </td>
      <td data-label="Since" class="when">
        <Moment iso={since} />
      </td>
    </tr>
  )
}

function EventOf({ event }: { event: NonNullable<Letter['event']> }) {
  return (
    <>
      <a href={hrefOf.event(event.reference)}>{event.type}</a>{' '}
      <a href={hrefOf.resource(event)} class="quiet-link id">
        {event.resource.kind} {event.resource.id}
      </a>
      <span class="reference">{event.reference}</span>
    </>
  )
}

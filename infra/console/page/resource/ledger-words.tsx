import type { Row } from '../api/row.ts'
import { hrefOf } from '../route.ts'

/** What the ledger says of a resource. Each event that it names is led to. */
export function LedgerWords({ words, rows }: { words: readonly string[]; rows: readonly Row[] }) {
  return (
    <section class="panel" aria-labelledby="ledger-heading">
      <h2 id="ledger-heading">What the ledger says</h2>
      {words.map((line) => (
        <p key={line} class="ledger-line">
          {line
            .split(eventIds)
            .map((part, at) => (at % 2 === 0 ? part : <EventLink eventId={part} rows={rows} />))}
        </p>
      ))}
    </section>
  )
}

/** Split by it, every second part is an event id. */
const eventIds = /\b([0-9a-f]{32})\b/

/** Its beginning finds an event too, if it is not among those that are shown. */
function EventLink({ eventId, rows }: { eventId: string; rows: readonly Row[] }) {
  const shown = rows.find((row) => row.eventId === eventId)?.reference ?? eventId.slice(0, 8)
  return (
    <a class="id" href={hrefOf.event(shown)} title={eventId}>
      {shown}
    </a>
  )
}

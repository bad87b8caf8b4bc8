import type { Delivery, Row } from '../api/console-api.ts'
import { Moment } from '../parts/moment.tsx'
import { OutcomeMark } from '../parts/outcome-mark.tsx'
import { wordsOf } from '../parts/outcome-words.ts'
import { hrefOf } from '../route.ts'
import { isLate, isOwn } from './feed-filter.ts'
import type { FeedItem } from './feed-list.ts'

/** Events, one a line; on a narrow screen, one a card. */
export function FeedTable({ items, caption }: { items: readonly FeedItem[]; caption: string }) {
  return (
    <table class="lines feed">
      <caption class="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Outcome</th>
          <th scope="col">Type</th>
          <th scope="col">Resource</th>
          <th scope="col">Handlers</th>
          <th scope="col" class="number">
            ms
          </th>
          <th scope="col">Received</th>
        </tr>
      </thead>
      <tbody>
        {items.map(({ key, row, delivery }) =>
          row ? <EventLine key={key} row={row} /> : <DeliveryLine key={key} delivery={delivery} />,
        )}
      </tbody>
    </table>
  )
}

/** An event of the feed: its type leads to it, its resource to the resource's history. */
function EventLine({ row }: { row: Row }) {
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

/** What else is worth seeing at once, of an event whose outcome does not say it already. */
function EventMarks({ row }: { row: Row }) {
  return (
    <>
      {row.status !== 'own' && isOwn(row) && (
        <span class="tag" title="An echo of your own API write">
          own
        </span>
      )}
      {row.recovered && (
        <span class="tag" title="Catch-up found it: no delivery of it had come">
          recovered
        </span>
      )}
      {row.imported && (
        <span class="tag" title="The first import of its firm made it, for one handler">
          import
        </span>
      )}
      {isLate(row) && (
        <span class="tag" title="It came after a newer event of the same resource">
          late
        </span>
      )}
      {row.attempts > 1 && (
        <span class="tag" title="How often it was run">
          {row.attempts} attempts
        </span>
      )}
    </>
  )
}

/** A delivery that is no event of its own: refused, a copy, or not handled yet. */
function DeliveryLine({ delivery }: { delivery: Delivery }) {
  const outcome = wordsOf.delivery(delivery.outcome)
  return (
    <tr class="light">
      <td data-label="Delivery">
        <OutcomeMark of={outcome} />
      </td>
      <td data-label="Type">{delivery.type ?? <span class="muted">not read</span>}</td>
      <td data-label="Resource" class="id">
        {delivery.resource ?? <span class="muted">not read</span>}
      </td>
      <td data-label="Why" colSpan={2}>
        {outcome.means}
        {delivery.why && ` (${delivery.why.replace(/\.$/, '')})`}
      </td>
      <td data-label="Received" class="when">
        <Moment iso={delivery.at} />
      </td>
    </tr>
  )
}

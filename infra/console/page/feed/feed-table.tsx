import { DeliveryLine } from './delivery-line.tsx'
import { EventLine } from './event-line.tsx'
import type { FeedItem } from './feed-item.ts'

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

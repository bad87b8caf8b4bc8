import type { Delivery } from '../api/delivery.ts'
import { Moment } from '../parts/moment.tsx'
import { OutcomeMark } from '../parts/outcome-mark.tsx'
import { wordsOf } from '../parts/outcome-words.ts'

/** A delivery that is no event of its own: refused, a copy, or not handled yet. */
export function DeliveryLine({ delivery }: { delivery: Delivery }) {
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

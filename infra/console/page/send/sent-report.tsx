import type { HandlerFacts } from '../api/console-api.ts'
import { useLive } from '../live/use-live.ts'
import { Moment } from '../parts/moment.tsx'
import { OutcomeMark } from '../parts/outcome-mark.tsx'
import { hrefOf } from '../route.ts'
import { type SentSample, toldOfDelivery } from './told-of-delivery.ts'

/** What was sent by one press, and what the product did with each delivery: it fills as the events are recorded. */
export function SentReport({ sample, handlers }: { sample: SentSample; handlers: readonly HandlerFacts[] }) {
  const live = useLive()
  const told = sample.deliveries.map((delivery, at) => {
    return { ...toldOfDelivery(sample, at, live, handlers), what: delivery.what }
  })
  const row = told.find((each) => each.row)?.row
  return (
    <article class="sent">
      <h3>
        {titles[sample.fault]}: {sample.type} <Moment iso={new Date(sample.atMs).toISOString()} />
      </h3>
      <p>{sample.explains}</p>
      <ol>
        {told.map(({ what, outcome, words, row: recorded }, at) => (
          <li key={at}>
            <span class="muted">{what}</span>{' '}
            <span>
              <OutcomeMark of={outcome} /> {words}{' '}
              {recorded && <a href={hrefOf.event(recorded.reference)}>See the event</a>}
            </span>
          </li>
        ))}
      </ol>
      {row && sample.fault === 'late' && (
        <a href={hrefOf.resource(row)}>See both on the timeline of this {row.resource.kind}</a>
      )}
    </article>
  )
}

const titles: Record<SentSample['fault'], string> = {
  none: 'One event',
  duplicate: 'Duplicate',
  late: 'Late',
  'bad-signature': 'Bad signature',
}

import { deliveryOutcomes, eventStatuses, namesOf } from '../../../../shared/event/outcomes.ts'
import { OutcomeMark } from './outcome-mark.tsx'
import { wordsOf } from './outcome-words.ts'

/** What every word of the feed means. */
export function OutcomeLegend() {
  const deliveries = [...namesOf(deliveryOutcomes), 'dropped' as const]
  const outcomes = [...eventStatuses().map(wordsOf.event), ...deliveries.map(wordsOf.delivery)]
  return (
    <details class="panel legend">
      <summary>
        <h2>What the outcomes mean</h2>
      </summary>
      <dl>
        {outcomes.map((outcome) => (
          <div key={outcome.word}>
            <dt>
              <OutcomeMark of={outcome} />
            </dt>
            <dd>{outcome.means}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}

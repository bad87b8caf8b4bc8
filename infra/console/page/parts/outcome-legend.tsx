import { OutcomeMark } from './outcome-mark.tsx'
import { deliveryOutcomes, eventOutcomes } from './outcome-words.ts'

/** What every word of the feed means. */
export function OutcomeLegend() {
  const outcomes = [...Object.values(eventOutcomes), ...Object.values(deliveryOutcomes)]
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

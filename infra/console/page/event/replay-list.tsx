import type { EventAnswer } from '../api/console-api.ts'
import { Moment } from '../parts/moment.tsx'
import { OutcomeMark } from '../parts/outcome-mark.tsx'
import { wordsOf } from '../parts/outcome-words.ts'

/** The replays of an event, and what each came to. */
export function ReplayList({ of }: { of: EventAnswer['replays'] | undefined }) {
  if (!of || of.length === 0) return null
  return (
    <section class="panel" aria-labelledby="replays-heading">
      <h2 id="replays-heading">Replays</h2>
      <ul class="plain">
        {of.map(({ id, at, outcome }) => (
          <li key={id}>
            <OutcomeMark of={wordsOf.event(outcome)} /> <Moment iso={at} /> <span class="muted id">{id}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

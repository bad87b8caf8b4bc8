import type { Row, RowHandler } from '../api/row.ts'
import { counted } from '../parts/counted.ts'
import { Moment } from '../parts/moment.tsx'
import { OutcomeMark } from '../parts/outcome-mark.tsx'
import { wordsOf } from '../parts/outcome-words.ts'

/** What each handler came to, and what it failed with. */
export function HandlerList({ event }: { event: Row }) {
  const handlers = Object.entries(event.handlers)
  return (
    <section class="panel" aria-labelledby="handlers-heading">
      <h2 id="handlers-heading">Handlers</h2>
      {handlers.length === 0 && <p>None was run: none is subscribed to {event.type}.</p>}
      <ul class="handlers">
        {handlers.map(([name, record]) => (
          <li key={name}>
            <h3>{name}</h3>
            <p>
              <OutcomeMark of={wordsOf.handler(record.outcome)} />{' '}
              <span class="muted">{numbersOf(record)}</span>
            </p>
            <p>{wordsOf.handler(record.outcome).means}</p>
            {record.notBefore && (
              <p>
                It is run again at <Moment iso={record.notBefore} />: attempt{' '}
                {record.failures + record.waits + 1}.
              </p>
            )}
            {record.error && <pre class="error">{record.error}</pre>}
          </li>
        ))}
      </ul>
    </section>
  )
}

function numbersOf({ ms, failures, waits, late, own }: RowHandler): string {
  return [
    ...(late ? ['though late'] : []),
    ...(own ? ['though your own'] : []),
    ...(ms === undefined ? [] : [`${Math.round(ms)} ms`]),
    ...(failures > 0 ? [counted(failures, 'failed run')] : []),
    ...(waits > 0 ? [counted(waits, 'wait')] : []),
  ].join(', ')
}

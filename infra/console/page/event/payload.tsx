import type { EventAnswer } from '../api/console-api.ts'

/** What was delivered, as text: nothing of it is ever markup. */
export function Payload({ event: { payload, text } }: { event: EventAnswer }) {
  return (
    <section class="panel" aria-labelledby="payload-heading">
      <h2 id="payload-heading">Payload</h2>
      {payload === null ? <p>The body is no longer kept.</p> : <pre class="json">{payload}</pre>}
      {text !== null && (
        <details>
          <summary>The notification exactly as it was delivered</summary>
          <pre class="json">{text}</pre>
        </details>
      )}
    </section>
  )
}

import type { ComponentChildren } from 'preact'
import type { Row } from '../api/row.ts'
import { Moment } from '../parts/moment.tsx'

/** Where it came from, and when. */
export function EventFacts({ event }: { event: Row }) {
  const facts: [string, ComponentChildren][] = [
    ['Reference', event.reference],
    ['Event id', event.eventId],
    ['Account', event.accountId],
    ['Happened', <Moment iso={event.happened} detail="exact" />],
    ['Sent', event.sent && <Moment iso={event.sent} detail="exact" />],
    ['Received', <Moment iso={event.received} detail="exact" />],
    ['Ticks', event.ticks],
    ['Attempts', String(event.attempts)],
    ['Reason', event.reason],
    ['Request id', event.requestId],
    ['Subscription', event.subscriptionId],
    ['Source', event.source],
    ['User', event.userId],
  ]
  return (
    <section class="panel" aria-labelledby="facts-heading">
      <h2 id="facts-heading">Facts</h2>
      <dl class="facts">
        {facts
          .filter(([, fact]) => fact !== undefined && fact !== '')
          .map(([name, fact]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{fact}</dd>
            </div>
          ))}
      </dl>
    </section>
  )
}

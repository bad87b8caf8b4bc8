import type { ComponentChildren } from 'preact'
import type { Row, RowHandler } from '../api/console-api.ts'
import { consoleApi, type EventAnswer, type HandlerFacts } from '../api/console-api.ts'
import { useLive } from '../live/use-live.ts'
import { counted } from '../parts/counted.ts'
import { Moment } from '../parts/moment.tsx'
import { OutcomeMark } from '../parts/outcome-mark.tsx'
import { wordsOf } from '../parts/outcome-words.ts'
import { Problem } from '../parts/problem.tsx'
import { hrefOf } from '../route.ts'
import { useAnswer, useKeptFresh } from '../use-answer.ts'
import { ReplayPanel } from './replay-panel.tsx'

interface Props {
  reference: string
  /** All that there are, as far as is known. */
  handlers: readonly HandlerFacts[]
}

/** Another process may handle the event again, and the page hears nothing of that. */
const freshness = { everyMs: 5_000, soonMs: 0 }

/** All that is known of one event. */
export function EventView({ reference, handlers }: Props) {
  const asked = useAnswer(() => consoleApi.event(reference), reference)
  const { answer: event, problem } = asked
  useKeptFresh(asked, {
    ...freshness,
    isNews: ({ rows }) => rows.some(({ eventId }) => eventId === event?.eventId),
  })
  return (
    <>
      <h1 tabIndex={-1}>{event ? event.type : `Event ${reference}`}</h1>
      <Problem text={problem} />
      {!event && problem === undefined && <p class="empty">Asking…</p>}
      {event && <KnownEvent event={event} handlers={handlers} />}
    </>
  )
}

function KnownEvent({ event, handlers }: { event: EventAnswer; handlers: Props['handlers'] }) {
  const outcome = wordsOf.row(event)
  return (
    <>
      <p class="lead">
        <OutcomeMark of={outcome} /> <span>{outcome.means}</span>
      </p>
      <Copies of={event.eventId} />
      <p>
        <a href={hrefOf.resource(event)}>
          History of {event.resource.kind} {event.resource.id}
        </a>
      </p>
      <div class="columns">
        <div>
          <HandlerList event={event} />
          <ReplayPanel event={event} handlers={handlers} />
          <ReplayList of={event.replays} />
        </div>
        <EventFacts event={event} />
      </div>
      <Payload event={event} />
    </>
  )
}

/** Deliveries of the same event that the queue dropped. */
function Copies({ of }: { of: string }) {
  const { deliveries } = useLive()
  const copies = deliveries.filter(
    ({ outcome, event }) => outcome === 'dropped' && event !== undefined && of.startsWith(event),
  ).length
  if (copies === 0) return null
  return (
    <p class="lead">
      It was delivered {copies === 1 ? 'once' : `${copies} times`} more: the queue dropped{' '}
      {copies === 1 ? 'that copy' : 'those copies'}, and no handler saw {copies === 1 ? 'it' : 'them'}.
    </p>
  )
}

/** Where it came from, and when. */
function EventFacts({ event }: { event: Row }) {
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

/** What each handler came to, and what it failed with. */
function HandlerList({ event }: { event: Row }) {
  const handlers = Object.entries(event.handlers)
  return (
    <section class="panel" aria-labelledby="handlers-heading">
      <h2 id="handlers-heading">Handlers</h2>
      {handlers.length === 0 && <p>No handler was run, because none is subscribed to {event.type}.</p>}
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

/** What was delivered, as text: nothing of it is ever markup. */
function Payload({ event: { payload, text, bodyDays } }: { event: EventAnswer }) {
  return (
    <section class="panel" aria-labelledby="payload-heading">
      <h2 id="payload-heading">Payload</h2>
      {payload === null ? <p>{goneText(bodyDays)}</p> : <pre class="json">{payload}</pre>}
      {text !== null && (
        <details>
          <summary>The notification exactly as it was delivered</summary>
          <pre class="json">{text}</pre>
        </details>
      )}
    </section>
  )
}

function goneText(bodyDays: number | undefined): string {
  return bodyDays === undefined
    ? 'The body is no longer kept.'
    : `The body was kept for ${counted(bodyDays, 'day')} (bodyRetentionDays).`
}

/** The replays of an event, and what each came to. */
function ReplayList({ of }: { of: EventAnswer['replays'] | undefined }) {
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

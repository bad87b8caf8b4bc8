import { consoleApi, type HandlerFacts } from '../api/console-api.ts'
import { useLive } from '../live/use-live.ts'
import { Moment } from '../parts/moment.tsx'
import { OutcomeMark } from '../parts/outcome-mark.tsx'
import { eventOutcomes } from '../parts/outcome-words.ts'
import { Problem } from '../parts/problem.tsx'
import { hrefOf } from '../route.ts'
import { useAnswer } from '../use-answer.ts'
import { EventFacts } from './event-facts.tsx'
import { HandlerList } from './handler-list.tsx'
import { Payload } from './payload.tsx'
import { ReplayPanel } from './replay-panel.tsx'

interface Props {
  reference: string
  /** All that there are, as far as is known. */
  handlers: readonly HandlerFacts[]
}

/** All that is known of one event. */
export function EventView({ reference, handlers }: Props) {
  const { answer: event, problem, ask } = useAnswer(() => consoleApi.event(reference), reference)
  const { deliveries } = useLive(({ rows, isBack }) => {
    if (isBack || rows.some(({ eventId }) => eventId === event?.eventId)) ask()
  })
  if (!event)
    return (
      <>
        <h1 tabIndex={-1}>Event {reference}</h1>
        {problem === undefined ? <p class="empty">Asking…</p> : <Problem text={problem} />}
      </>
    )
  const outcome = eventOutcomes[event.status]
  const copies = deliveries.filter(
    (each) => each.outcome === 'dropped' && isOf(each.event, event.eventId),
  ).length
  return (
    <>
      <h1 tabIndex={-1}>{event.type}</h1>
      <p class="lead">
        <OutcomeMark of={outcome} /> <span>{outcome.means}</span>
      </p>
      {copies > 0 && (
        <p class="lead">
          It was delivered {copies === 1 ? 'once' : `${copies} times`} more: the queue dropped{' '}
          {copies === 1 ? 'that copy' : 'those copies'}, and no handler saw {copies === 1 ? 'it' : 'them'}.
        </p>
      )}
      <Problem text={problem} />
      <p>
        <a href={hrefOf.resource(event)}>
          History of {event.resource.kind} {event.resource.id}
        </a>
      </p>
      <div class="columns">
        <div>
          <HandlerList event={event} />
          <ReplayPanel event={event} handlers={handlers} />
          <Replays of={event.replays} />
        </div>
        <EventFacts event={event} />
      </div>
      <Payload event={event} />
    </>
  )
}

function isOf(begins: string | undefined, eventId: string): boolean {
  return begins !== undefined && eventId.startsWith(begins)
}

function Replays({
  of,
}: {
  of: { id: string; at: string; outcome: keyof typeof eventOutcomes }[] | undefined
}) {
  if (!of || of.length === 0) return null
  return (
    <section class="panel" aria-labelledby="replays-heading">
      <h2 id="replays-heading">Replays</h2>
      <ul class="plain">
        {of.map(({ id, at, outcome }) => (
          <li key={id}>
            <OutcomeMark of={eventOutcomes[outcome]} /> <Moment iso={at} /> <span class="muted id">{id}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

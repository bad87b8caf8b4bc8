import { consoleApi, type EventAnswer, type HandlerFacts } from '../api/console-api.ts'
import { useLive } from '../live/use-live.ts'
import { OutcomeMark } from '../parts/outcome-mark.tsx'
import { wordsOf } from '../parts/outcome-words.ts'
import { Problem } from '../parts/problem.tsx'
import { hrefOf } from '../route.ts'
import { useAnswer } from '../use-answer.ts'
import { useKeptFresh } from '../use-kept-fresh.ts'
import { EventFacts } from './event-facts.tsx'
import { HandlerList } from './handler-list.tsx'
import { Payload } from './payload.tsx'
import { ReplayList } from './replay-list.tsx'
import { ReplayPanel } from './replay-panel.tsx'

interface Props {
  reference: string
  /** All that there are, as far as is known. */
  handlers: readonly HandlerFacts[]
}

/** Another process may handle it again, and nobody tells of it. */
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
      {event && <KnownEvent {...{ event, handlers }} />}
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

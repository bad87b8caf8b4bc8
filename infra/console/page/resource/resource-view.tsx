import { useState } from 'preact/hooks'
import { consoleApi, type ResourceAnswer } from '../api/console-api.ts'
import type { Delivery } from '../api/delivery.ts'
import type { Row } from '../api/row.ts'
import { useLive } from '../live/use-live.ts'
import { counted } from '../parts/counted.ts'
import { Problem } from '../parts/problem.tsx'
import { useAnswer } from '../use-answer.ts'
import { lateEvents } from './late-events.ts'
import { ResourceLines } from './resource-lines.tsx'
import { Timeline } from './timeline.tsx'

interface Props {
  place: { accountId: string; kind: string; id: string }
}

/** Everything that happened to one contact, matter or the like. */
export function ResourceView({ place: { accountId, kind, id } }: Props) {
  const about = JSON.stringify([accountId, kind, id])
  const { answer, problem, ask } = useAnswer(() => consoleApi.resource({ accountId, kind, id }), about)
  const live = useLive(({ rows, isBack }) => {
    if (isBack || rows.some(({ resource }) => resource.kind === kind && resource.id === id)) ask()
  })
  return (
    <>
      <h1 tabIndex={-1}>
        {kind} <span class="id">{id}</span>
      </h1>
      <p class="muted">of account {accountId}</p>
      <Problem text={problem} />
      {!answer && problem === undefined && <p class="empty">Asking…</p>}
      {answer && (
        <History key={about} {...{ place: { accountId, kind, id }, answer, deliveries: live.deliveries }} />
      )}
    </>
  )
}

function History({ place, answer, deliveries }: Props & { answer: ResourceAnswer; deliveries: Delivery[] }) {
  const [marked, onMark] = useState<string>()
  const [older, setOlder] = useState<Pick<ResourceAnswer, 'events' | 'cursor'>>()
  const [problem, setProblem] = useState<string>()
  const rows = joined(answer.events, older?.events ?? [])
  const copies = deliveries.filter(({ outcome, event }) => outcome === 'dropped' && isOfAny(rows, event))
  const late = lateEvents(rows)
  const cursor = older ? older.cursor : answer.cursor

  async function more(): Promise<void> {
    if (cursor === null) return
    await consoleApi.resource(place, cursor).then(
      ({ events, cursor: next }) => setOlder({ events: joined(older?.events ?? [], events), cursor: next }),
      (error: Error) => setProblem(error.message),
    )
  }

  if (rows.length === 0) return <p class="empty">No event of it is in the table.</p>
  return (
    <>
      <p>{summaryOf(rows, late.size, copies.length)}</p>
      <section class="panel" aria-label="Timeline">
        <Timeline {...{ rows, copies, marked, onMark }} />
      </section>
      <div class="columns">
        <section aria-labelledby="events-heading">
          <h2 id="events-heading">Events, in the order in which they happened</h2>
          <ResourceLines {...{ rows, late, marked, onMark }} />
          <Problem text={problem} />
          {cursor !== null && (
            <button type="button" onClick={more}>
              Older
            </button>
          )}
        </section>
        <section class="panel" aria-labelledby="ledger-heading">
          <h2 id="ledger-heading">What the ledger says</h2>
          {answer.words.map((line) => (
            <p key={line} class="ledger-line">
              {line}
            </p>
          ))}
        </section>
      </div>
    </>
  )
}

function joined(rows: readonly Row[], older: readonly Row[]): Row[] {
  const ids = new Set(rows.map(({ eventId }) => eventId))
  return [...rows, ...older.filter(({ eventId }) => !ids.has(eventId))]
}

function isOfAny(rows: readonly Row[], begins: string | undefined): boolean {
  return begins !== undefined && rows.some(({ eventId }) => eventId.startsWith(begins))
}

function summaryOf(rows: readonly Row[], late: number, copies: number): string {
  const order = late === 0 ? 'all in order' : `${late} of them after a newer one`
  const dropped = copies === 0 ? '' : ` The queue dropped ${copies === 1 ? 'one copy' : `${copies} copies`}.`
  return `${counted(rows.length, 'event')} arrived, ${order}.${dropped}`
}

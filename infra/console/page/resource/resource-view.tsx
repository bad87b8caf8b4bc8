import { useState } from 'preact/hooks'
import type { Row } from '../api/console-api.ts'
import { consoleApi, type ResourceAnswer } from '../api/console-api.ts'
import { useLive } from '../live/use-live.ts'
import { counted } from '../parts/counted.ts'
import { Moment } from '../parts/moment.tsx'
import { OutcomeMark } from '../parts/outcome-mark.tsx'
import { wordsOf } from '../parts/outcome-words.ts'
import { PressButton } from '../parts/press-button.tsx'
import { Problem } from '../parts/problem.tsx'
import { hrefOf, readResourceKey } from '../route.ts'
import { useAnswer, useKeptFresh } from '../use-answer.ts'
import { Timeline } from './timeline.tsx'
import { lateEvents } from './timeline-entries.ts'

/** Another process may handle the resource's events, and the page hears nothing of that. */
const freshness = { everyMs: 5_000, soonMs: 0 }

/** Everything that happened to one contact, matter or the like. */
export function ResourceView({ resourceKey }: { resourceKey: string }) {
  const { accountId, kind, id } = readResourceKey(resourceKey)
  const asked = useAnswer(() => consoleApi.resource(resourceKey), resourceKey)
  const { answer, problem } = asked
  useKeptFresh(asked, {
    ...freshness,
    isNews: ({ rows }) => rows.some((row) => row.resourceKey === resourceKey),
  })
  return (
    <>
      <h1 tabIndex={-1}>
        {kind} <span class="id">{id}</span>
      </h1>
      <p class="muted">
        of account {accountId}
        {hashed.test(id) && '. Its id is too long to be kept in a key: this is the SHA-256 of it.'}
      </p>
      <Problem text={problem} />
      {!answer && problem === undefined && <p class="empty">Asking…</p>}
      {answer && <History resourceKey={resourceKey} answer={answer} />}
    </>
  )
}

const hashed = /^#[0-9a-f]{64}$/

/** The events of a resource as a picture and as a list, and what the ledger says of it. */
function History({ resourceKey, answer }: { resourceKey: string; answer: ResourceAnswer }) {
  const [marked, onMark] = useState<string>()
  const { deliveries } = useLive()
  const { rows, hasOlder, isAsking, older, problem } = useHistory(resourceKey, answer)
  const copies = deliveries.filter(({ outcome, event }) => outcome === 'dropped' && isOfAny(rows, event))
  const late = lateEvents(rows)
  if (rows.length === 0) return <p class="empty">The table holds no event of this resource.</p>
  return (
    <>
      <p>{summaryOf(rows, late.size, copies.length)}</p>
      <section class="panel" aria-label="Timeline">
        <Timeline rows={rows} copies={copies} marked={marked} onMark={onMark} />
      </section>
      <div class="columns">
        <section aria-labelledby="events-heading">
          <h2 id="events-heading">Events, in the order in which they happened</h2>
          <ResourceLines rows={rows} late={late} marked={marked} onMark={onMark} />
          <Problem text={problem} />
          {hasOlder && (
            <PressButton onPress={older} isOff={isAsking}>
              Older
            </PressButton>
          )}
        </section>
        <LedgerWords words={answer.words} rows={rows} />
      </div>
    </>
  )
}

function isOfAny(rows: readonly Row[], begins: string | undefined): boolean {
  return begins !== undefined && rows.some(({ eventId }) => eventId.startsWith(begins))
}

function summaryOf(rows: readonly Row[], late: number, copies: number): string {
  const order = late === 0 ? 'all in order' : `${late} of them after a newer one`
  const dropped = copies === 0 ? '' : ` The queue dropped ${copies === 1 ? 'one copy' : `${copies} copies`}.`
  return `${counted(rows.length, 'event')} arrived, ${order}.${dropped}`
}

/** What the ledger says of a resource. Each event that it names is led to. */
function LedgerWords({ words, rows }: { words: readonly string[]; rows: readonly Row[] }) {
  return (
    <section class="panel" aria-labelledby="ledger-heading">
      <h2 id="ledger-heading">What the ledger says</h2>
      {words.map((line) => (
        <p key={line} class="ledger-line">
          {line
            .split(eventIds)
            .map((part, at) => (at % 2 === 0 ? part : <EventLink eventId={part} rows={rows} />))}
        </p>
      ))}
    </section>
  )
}

/** When a line is split by it, every second part is an event id. */
const eventIds = /\b([0-9a-f]{32})\b/

/** The beginning of its id finds an event that is not in the list. */
function EventLink({ eventId, rows }: { eventId: string; rows: readonly Row[] }) {
  const shown = rows.find((row) => row.eventId === eventId)?.reference ?? eventId.slice(0, 8)
  return (
    <a class="id" href={hrefOf.event(shown)} title={eventId}>
      {shown}
    </a>
  )
}

interface Props {
  rows: readonly Row[]
  late: ReadonlySet<string>
  marked: string | undefined
  onMark(eventId: string | undefined): void
}

/** A resource's events in the order in which they happened, newest first. */
function ResourceLines({ rows, late, marked, onMark }: Props) {
  return (
    <table class="lines">
      <caption class="visually-hidden">Events in the order in which they happened, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Outcome</th>
          <th scope="col">Type</th>
          <th scope="col">Happened</th>
          <th scope="col">Arrived</th>
        </tr>
      </thead>
      <tbody onMouseLeave={() => onMark(undefined)}>
        {rows.map((row) => (
          <tr
            key={row.eventId}
            class={marked === row.eventId ? 'is-marked' : undefined}
            onMouseEnter={() => onMark(row.eventId)}
            onFocusIn={() => onMark(row.eventId)}
          >
            <Cells row={row} isLate={late.has(row.eventId)} />
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Cells({ row, isLate }: { row: Row; isLate: boolean }) {
  return (
    <>
      <td data-label="Outcome">
        <OutcomeMark of={wordsOf.row(row)} />
      </td>
      <td data-label="Type">
        <a href={hrefOf.event(row.reference)}>{row.type}</a>
        <span class="reference">{row.reference}</span>
      </td>
      <td data-label="Happened" class="when">
        <Moment iso={row.happened} detail="ms" />
      </td>
      <td data-label="Arrived" class="when">
        <Moment iso={row.received} detail="ms" />
        {isLate && <span class="tag">after a newer one</span>}
      </td>
    </>
  )
}

/** The newest events of a resource, and the older ones that were asked for. */
function useHistory(resourceKey: string, answer: ResourceAnswer) {
  const [asked, setAsked] = useState<Pick<ResourceAnswer, 'events' | 'cursor'>>()
  const [problem, setProblem] = useState<string>()
  const [isAsking, setAsking] = useState(false)
  const cursor = asked ? asked.cursor : answer.cursor

  async function load(from: string): Promise<void> {
    setAsking(true)
    setProblem(undefined)
    await consoleApi.resource(resourceKey, from).then(
      ({ events, cursor: next }) =>
        setAsked((before) => ({ events: joined(before?.events ?? [], events), cursor: next })),
      (error: Error) => setProblem(error.message),
    )
    setAsking(false)
  }

  return {
    rows: joined(answer.events, asked?.events ?? []),
    hasOlder: cursor !== null,
    older: () => void (cursor === null || load(cursor)),
    isAsking,
    problem,
  }
}

function joined(rows: readonly Row[], older: readonly Row[]): Row[] {
  const ids = new Set(rows.map(({ eventId }) => eventId))
  return [...rows, ...older.filter(({ eventId }) => !ids.has(eventId))]
}

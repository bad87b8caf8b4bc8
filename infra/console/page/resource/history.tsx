import { useState } from 'preact/hooks'
import type { ResourceAnswer } from '../api/console-api.ts'
import type { Row } from '../api/row.ts'
import { useLive } from '../live/use-live.ts'
import { counted } from '../parts/counted.ts'
import { PressButton } from '../parts/press-button.tsx'
import { Problem } from '../parts/problem.tsx'
import { lateEvents } from './late-events.ts'
import { LedgerWords } from './ledger-words.tsx'
import { ResourceLines } from './resource-lines.tsx'
import { Timeline } from './timeline.tsx'
import { useHistory } from './use-history.ts'

/** The events of a resource as a picture and as a list, and what the ledger says of it. */
export function History({ resourceKey, answer }: { resourceKey: string; answer: ResourceAnswer }) {
  const [marked, onMark] = useState<string>()
  const { deliveries } = useLive()
  const { rows, hasOlder, isAsking, older, problem } = useHistory(resourceKey, answer)
  const copies = deliveries.filter(({ outcome, event }) => outcome === 'dropped' && isOfAny(rows, event))
  const late = lateEvents(rows)
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

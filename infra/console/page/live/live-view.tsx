import { useEffect, useRef, useState } from 'preact/hooks'
import { deliveryOutcomes, eventStatuses, isTrouble, namesOf } from '../../../../shared/event/outcomes.ts'
import type { Row } from '../api/console-api.ts'
import { consoleApi, type Deployment } from '../api/console-api.ts'
import { DeliveriesChart } from '../charts/deliveries-chart.tsx'
import { LatencyChart } from '../charts/latency-chart.tsx'
import { QueueChart } from '../charts/queue-chart.tsx'
import { FeedFilters } from '../feed/feed-filters.tsx'
import { FeedSection } from '../feed/feed-section.tsx'
import { useFeed } from '../feed/use-feed.ts'
import { counted } from '../parts/counted.ts'
import { OutcomeMark } from '../parts/outcome-mark.tsx'
import { wordsOf } from '../parts/outcome-words.ts'
import { SendPanel } from '../send/send-panel.tsx'
import type { SentSamples } from '../send/told-of-delivery.ts'
import { useAnswer, useKeptFresh } from '../use-answer.ts'
import { HandlingBar } from './handling-bar.tsx'
import { useLive } from './use-live.ts'

interface Props {
  filter: URLSearchParams
  deployment: Deployment | undefined
  samples: SentSamples
}

const statusFreshness = { everyMs: 30_000, soonMs: 1_000 }

/** What happens, as it happens: it is what one comes for, so all that explains it follows it. */
export function LiveView({ filter, deployment, samples }: Props) {
  const feed = useFeed(filter)
  const asked = useAnswer(consoleApi.status, 'status')
  useKeptFresh(asked, { ...statusFreshness, isNews: ({ rows }) => rows.some(hasFailed) })
  const accounts = asked.answer?.accounts?.map(({ accountId }) => accountId) ?? []
  return (
    <>
      <h1 tabIndex={-1}>Live</h1>
      <HandlingBar lastFailure={asked.answer?.lastFailure ?? undefined} aside={asked.answer?.aside ?? 0} />
      {deployment?.isLocal && <SendPanel deployment={deployment} samples={samples} />}
      <FeedFilters filter={filter} deployment={deployment} accounts={accounts} />
      <section aria-labelledby="feed-heading">
        <h2 id="feed-heading">Events</h2>
        <Announcer />
        <FeedSection feed={feed} isFiltered={filter.size > 0} />
        {deployment && <p class="muted">{deployment.tableSays}</p>}
      </section>
      <ChartStrip />
      <OutcomeLegend />
    </>
  )
}

function hasFailed(row: Row): boolean {
  return isTrouble(wordsOf.row(row))
}

const everyMs = 5_000

/** Tells screen readers what came, in one sentence, and not for each event. */
function Announcer() {
  const [said, say] = useState('')
  const untold = useRef(new Map<string, Row>())
  useLive(({ rows }) => {
    for (const row of rows) untold.current.set(row.eventId, row)
  })
  useEffect(() => {
    const timer = setInterval(() => {
      if (untold.current.size === 0) return
      say(summaryOf([...untold.current.values()]))
      untold.current.clear()
    }, everyMs)
    return () => clearInterval(timer)
  }, [])
  return (
    <p class="visually-hidden" aria-live="polite">
      {said}
    </p>
  )
}

function summaryOf(rows: readonly Row[]): string {
  const counts = new Map<string, number>()
  for (const row of rows) {
    const { word } = wordsOf.row(row)
    counts.set(word, (counts.get(word) ?? 0) + 1)
  }
  const each = [...counts].map(([word, count]) => `${count} ${word}`).join(', ')
  return `${counted(rows.length, 'event')} recorded: ${each}.`
}

/** What every word of the feed means. */
function OutcomeLegend() {
  const deliveries = [...namesOf(deliveryOutcomes), 'dropped' as const]
  const outcomes = [...eventStatuses().map(wordsOf.event), ...deliveries.map(wordsOf.delivery)]
  return (
    <details class="panel legend">
      <summary>
        <h2>What the outcomes mean</h2>
      </summary>
      <dl>
        {outcomes.map((outcome) => (
          <div key={outcome.word}>
            <dt>
              <OutcomeMark of={outcome} />
            </dt>
            <dd>{outcome.means}</dd>
          </div>
        ))}
      </dl>
    </details>
  )
}

const shownMinutes = 30
const chartFreshness = { everyMs: 30_000, soonMs: 3_000 }

/** The last half hour at a glance. */
function ChartStrip() {
  const asked = useAnswer(() => consoleApi.minutes(shownMinutes), 'minutes')
  useKeptFresh(asked, { ...chartFreshness, isNews: ({ rows }) => rows.length > 0 })
  return (
    <section class="charts" aria-labelledby="charts-heading">
      <h2 id="charts-heading" class="visually-hidden">
        The last half hour
      </h2>
      <DeliveriesChart minutes={asked.answer} />
      <LatencyChart minutes={asked.answer} />
      <QueueChart />
    </section>
  )
}

import { consoleApi } from '../api/console-api.ts'
import { useAnswer } from '../use-answer.ts'
import { useKeptFresh } from '../use-kept-fresh.ts'
import { DeliveriesChart } from './deliveries-chart.tsx'
import { LatencyChart } from './latency-chart.tsx'
import { QueueChart } from './queue-chart.tsx'

const shownMinutes = 30
const freshness = { everyMs: 30_000, soonMs: 3_000 }

/** The last half hour at a glance. */
export function ChartStrip() {
  const asked = useAnswer(() => consoleApi.minutes(shownMinutes), 'minutes')
  useKeptFresh(asked, { ...freshness, isNews: ({ rows }) => rows.length > 0 })
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

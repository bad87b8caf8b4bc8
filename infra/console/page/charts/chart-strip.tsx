import { useEffect, useRef } from 'preact/hooks'
import { consoleApi } from '../api/console-api.ts'
import { useLive } from '../live/use-live.ts'
import { useAnswer } from '../use-answer.ts'
import { DeliveriesChart } from './deliveries-chart.tsx'
import { LatencyChart } from './latency-chart.tsx'
import { QueueChart } from './queue-chart.tsx'

const shownMinutes = 30
const atMostEveryMs = 3_000
const atLeastEveryMs = 30_000

/** The last half hour at a glance. */
export function ChartStrip() {
  const { answer, ask } = useAnswer(() => consoleApi.minutes(shownMinutes), 'minutes')
  const timer = useRef<number>(undefined)
  const askIn = (ms: number) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      ask()
      isSoon.current = false
      askIn(atLeastEveryMs)
    }, ms)
  }
  const isSoon = useRef(false)
  useLive(({ rows }) => {
    if (rows.length === 0 || isSoon.current) return
    isSoon.current = true
    askIn(atMostEveryMs)
  })
  useEffect(() => {
    askIn(atLeastEveryMs)
    return () => clearTimeout(timer.current)
  }, [])
  return (
    <section class="charts" aria-labelledby="charts-heading">
      <h2 id="charts-heading" class="visually-hidden">
        The last half hour
      </h2>
      <DeliveriesChart minutes={answer} />
      <LatencyChart minutes={answer} />
      <QueueChart />
    </section>
  )
}

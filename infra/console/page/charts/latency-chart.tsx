import type uPlot from 'uplot'
import type { Minutes } from '../api/console-api.ts'
import { Moment } from '../parts/moment.tsx'
import { ChartFigure } from './chart-figure.tsx'
import { axes, Plot } from './plot.tsx'

/** How long handlers took: half of them less than p50, all but a twentieth less than p95. */
export function LatencyChart({ minutes }: { minutes: Minutes | undefined }) {
  const ran = (minutes?.minutes ?? []).filter(({ p95 }) => p95 !== null)
  const last = ran.at(-1)
  return (
    <ChartFigure
      title="Handling time in ms"
      plot={<Plot optionsOf={optionsOf} data={linesOf(minutes)} />}
      said={
        last
          ? `Lately p50 ${shown(last.p50)}, p95 ${shown(last.p95)}`
          : 'No handler ran in the last 30 minutes'
      }
      note={undefined}
      keys={[
        { name: 'p50', swatch: 'stroke-solid' },
        { name: 'p95', swatch: 'stroke-dashed' },
      ]}
      heads={['Minute', 'p50', 'p95']}
      rows={ran.map(({ at, p50, p95 }) => [<Moment iso={at} />, shown(p50), shown(p95)])}
    />
  )
}

function shown(ms: number | null): string {
  return ms === null ? 'n/a' : `${Math.round(ms)} ms`
}

function optionsOf(colour: (name: string) => string) {
  const line = { width: 1.5, spanGaps: true, points: { show: true, size: 6, fill: colour('surface') } }
  const series = [{}, { ...line, stroke: colour('accent') }, { ...line, stroke: colour('own'), dash: [5, 3] }]
  return { ...axes(colour, { leastTop: 10 }), series }
}

/** Draws a line at zero as long as no handler has run. */
function linesOf(minutes: Minutes | undefined): uPlot.AlignedData {
  const all = minutes?.minutes ?? []
  if (all.every(({ p95 }) => p95 === null)) {
    const now = Date.now() / 1000
    return [
      [now - 1800, now],
      [0, 0],
      [0, 0],
    ]
  }
  const line = (of: 'p50' | 'p95') => all.map((each) => each[of])
  return [all.map(({ at }) => Date.parse(at) / 1000), line('p50'), line('p95')]
}

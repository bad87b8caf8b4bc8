import type uPlot from 'uplot'
import type { DepthSample } from '../live/live-store.ts'
import { useLive } from '../live/use-live.ts'
import { ChartFigure } from './chart-figure.tsx'
import { axes, Plot } from './plot.tsx'

/** The chart shows at least this much time, also when the page was opened a moment ago. */
const atLeastS = 30

/** What waited in the queue, for as long as this page has watched. */
export function QueueChart() {
  const { depths, status } = useLive()
  const most = Math.max(0, ...depths.map(({ waiting, inWork }) => waiting + inWork))
  const now = status ? `${status.queue.waiting} waiting, ${status.queue.inWork} in work` : 'Not told yet'
  return (
    <ChartFigure
      title="Queue"
      plot={<Plot optionsOf={optionsOf} data={linesOf(depths)} />}
      said={`${now}; ${most} at most`}
      note="since this page is open"
      keys={[
        { name: 'waiting and in work', swatch: 'stroke-solid' },
        { name: 'of these in work', swatch: 'stroke-dashed' },
      ]}
      heads={[]}
      rows={[]}
    />
  )
}

function optionsOf(colour: (name: string) => string): Omit<uPlot.Options, 'width' | 'height'> {
  const line = { width: 1.5, points: { show: false } }
  const fill = colour('accent-soft')
  const common = axes(colour, { leastTop: 4 })
  const x = {
    time: true,
    range: (_: uPlot, from: number, to: number): [number, number] => [Math.min(from, to - atLeastS), to + 2],
  }
  const series = [
    {},
    { ...line, stroke: colour('accent'), fill },
    { ...line, stroke: colour('own'), dash: [5, 3] },
  ]
  // The last time is written around the right edge.
  return { ...common, padding: [8, 30, 0, 0], scales: { ...common.scales, x }, series }
}

/** A single sample is drawn as a short line. Before the first sample, the line is at zero. */
function linesOf(depths: readonly DepthSample[]): uPlot.AlignedData {
  const first = depths[0] ?? { atMs: Date.now(), waiting: 0, inWork: 0 }
  const drawn = depths.length > 1 ? depths : [{ ...first, atMs: first.atMs - 2_000 }, first]
  return [
    drawn.map(({ atMs }) => atMs / 1000),
    drawn.map(({ waiting, inWork }) => waiting + inWork),
    drawn.map(({ inWork }) => inWork),
  ]
}

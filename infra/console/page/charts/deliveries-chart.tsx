import uPlot from 'uplot'
import { eventStatuses } from '../../../../shared/event/outcomes.ts'
import type { Minutes } from '../api/console-api.ts'
import { Moment } from '../parts/moment.tsx'
import { type OutcomeWords, wordsOf } from '../parts/outcome-words.ts'
import { ChartFigure } from './chart-figure.tsx'
import { axes, Plot } from './plot.tsx'

const statuses = eventStatuses()
const perMinute = uPlot.paths.bars?.({ size: [0.8, 24] })

/** Events received a minute, by what has become of them. */
export function DeliveriesChart({ minutes }: { minutes: Minutes | undefined }) {
  const all = minutes?.minutes ?? []
  const totals = statuses.map(
    (status) => [status, sum(all.map(({ outcomes }) => outcomes[status] ?? 0))] as const,
  )
  const came = totals.filter(([, count]) => count > 0)
  const said = came.map(([status, count]) => `${count} ${wordsOf.event(status).word}`).join(', ')
  return (
    <ChartFigure
      title="Events a minute"
      plot={<Plot optionsOf={optionsOf} data={stacked(minutes)} />}
      said={said || 'None in the last 30 minutes'}
      note={minutes?.isPartial ? `of the last ${minutes.looked} events` : undefined}
      keys={came.map(([status]) => ({
        name: wordsOf.event(status).word,
        swatch: `fill-${wordsOf.event(status).tone}`,
      }))}
      heads={['Minute', ...came.map(([status]) => wordsOf.event(status).word)]}
      rows={all
        .filter(({ outcomes }) => statuses.some((status) => outcomes[status]))
        .map(({ at, outcomes }) => [<Moment iso={at} />, ...came.map(([status]) => outcomes[status] ?? 0)])}
    />
  )
}

/** Each bar reaches as high as all below it together; the highest is drawn first, and the lower ones over it. */
function optionsOf(colour: (name: string) => string) {
  const series = statuses.map((status) => {
    const { tone } = wordsOf.event(status)
    return {
      stroke: colour(tone),
      fill: () => barFill(tone, colour),
      width: 1,
      points: { show: false },
      ...(perMinute && { paths: perMinute }),
    }
  })
  const common = axes(colour, { leastTop: 4 })
  const x = {
    time: true,
    range: (_: uPlot, from: number, to: number): [number, number] => [from - 30, to + 30],
  }
  return { ...common, scales: { ...common.scales, x }, series: [{}, ...series.reverse()] }
}

function stacked(minutes: Minutes | undefined): uPlot.AlignedData {
  const all = minutes?.minutes ?? []
  const to = minutes ? Date.parse(minutes.to) : Date.now()
  if (all.length === 0) return [halfHourTo(to), ...statuses.map(() => halfHourTo(to).map(() => null))]
  const heights = all.map(({ outcomes }) => {
    let height = 0
    return statuses.map((status) => {
      height += outcomes[status] ?? 0
      // A bar of no height would still have an outline.
      return height === 0 ? null : height
    })
  })
  const ofStatus = statuses.map((_, at) => heights.map((each) => each[at] ?? null))
  return [all.map(({ at }) => Date.parse(at) / 1000), ...ofStatus.reverse()]
}

function halfHourTo(toMs: number): number[] {
  return Array.from({ length: 30 }, (_, at) => Math.floor(toMs / 60_000 - 29 + at) * 60)
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0)
}

/**
 * What a bar is filled with: what failed has slanted lines, and what was dropped nothing, so that both are told apart
 * without their colour.
 */
function barFill(tone: OutcomeWords['tone'], colour: (name: string) => string): CanvasPattern | string {
  if (tone === 'quiet') return colour('surface')
  return tone === 'bad' || tone === 'dead' ? hatched(colour(tone), colour('surface')) : colour(tone)
}

function hatched(colour: string, ground: string): CanvasPattern | string {
  const tile = document.createElement('canvas')
  tile.width = 6
  tile.height = 6
  const pen = tile.getContext('2d')
  if (!pen) return colour
  pen.fillStyle = ground
  pen.fillRect(0, 0, 6, 6)
  pen.strokeStyle = colour
  pen.lineWidth = 2.5
  for (const shift of [-6, 0, 6]) {
    pen.moveTo(shift, 6)
    pen.lineTo(shift + 6, 0)
  }
  pen.stroke()
  return pen.createPattern(tile, 'repeat') ?? colour
}

import type uPlot from 'uplot'

const wholeNumbers = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000,
]

/** What all charts have alike: time below, whole numbers from zero on, no legend (it stands beside) and no cursor. */
export function axes(
  colour: (name: string) => string,
  { leastTop }: { leastTop: number },
): Pick<uPlot.Options, 'axes' | 'scales' | 'cursor' | 'legend' | 'padding'> {
  const look = {
    stroke: colour('muted'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
    gap: 4,
  }
  return {
    axes: [
      {
        ...look,
        size: 22,
        space: 60,
        values: (_, moments, __, ___, step) => moments.map((moment) => timeOf(moment, step < 60)),
        grid: { show: false },
      },
      {
        ...look,
        size: 44,
        space: 28,
        incrs: wholeNumbers,
      },
    ],
    scales: {
      // Half a minute more on either side, so that no bar and no point is cut.
      x: { time: true, range: (_, from, to) => [from - 30, to + 30] },
      y: { range: (_, __, top) => [0, Math.max(leastTop, Math.ceil(top * 1.1))] },
    },
    cursor: { show: false },
    legend: { show: false },
    padding: [8, 12, 0, 0],
  }
}

function timeOf(seconds: number, withSeconds: boolean): string {
  const moment = new Date(seconds * 1000)
  return moment.toTimeString().slice(0, withSeconds ? 8 : 5)
}

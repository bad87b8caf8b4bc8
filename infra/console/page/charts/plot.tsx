import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'

interface Props {
  /** It is always the same function for one chart; drawn anew when the colours change. */
  optionsOf(colour: (name: string) => string): Omit<uPlot.Options, 'width' | 'height'>
  data: uPlot.AlignedData
}

const height = 130

/** A chart on a canvas, as wide as there is room. What it shows is told in words beside it. */
export function Plot({ optionsOf, data }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const chart = useRef<uPlot>(undefined)
  const latest = useRef(data)
  latest.current = data

  useEffect(() => {
    const element = place.current
    if (!element) return
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const draw = () => {
      chart.current?.destroy()
      const size = { width: element.clientWidth, height }
      chart.current = new uPlot({ ...optionsOf(colourOf), ...size }, latest.current, element)
    }
    const resized = new ResizeObserver(() => chart.current?.setSize({ width: element.clientWidth, height }))
    draw()
    resized.observe(element)
    scheme.addEventListener('change', draw)
    return () => {
      scheme.removeEventListener('change', draw)
      resized.disconnect()
      chart.current?.destroy()
    }
  }, [optionsOf])

  useEffect(() => chart.current?.setData(data), [data])

  return <div ref={place} class="plot" aria-hidden="true" />
}

function colourOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}

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

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

import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { ChartTable } from './chart-table.tsx'

interface Props {
  title: string
  plot: ComponentChildren
  /** The chart in words. */
  said: string
  note: string | undefined
  keys: readonly { name: string; swatch: string }[]
  /** The chart's numbers, for those who do not see it. */
  heads: readonly string[]
  rows: readonly (readonly ComponentChildren[])[]
}

/** A chart, with its numbers in words below, and as a table that screen readers find. */
export function ChartFigure({ title, plot, said, note, keys, heads, rows }: Props) {
  const heading = useId()
  return (
    <figure class="chart" aria-labelledby={heading}>
      <h3 id={heading}>{title}</h3>
      {plot}
      <figcaption>
        {said}
        {note && <span class="muted"> ({note})</span>}
        {keys.length > 1 && <ChartKeys keys={keys} />}
      </figcaption>
      {rows.length > 0 && <ChartTable {...{ title, heads, rows }} />}
    </figure>
  )
}

function ChartKeys({ keys }: Pick<Props, 'keys'>) {
  return (
    <ul class="keys" aria-hidden="true">
      {keys.map(({ name, swatch }) => (
        <li key={name}>
          <span class={`swatch ${swatch}`} />
          {name}
        </li>
      ))}
    </ul>
  )
}

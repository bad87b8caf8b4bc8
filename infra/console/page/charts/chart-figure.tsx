import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

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
      {rows.length > 0 && <ChartTable title={title} heads={heads} rows={rows} />}
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

interface TableProps {
  title: string
  heads: readonly string[]
  rows: readonly (readonly ComponentChildren[])[]
}

/** A chart's numbers, for those who do not see it. */
function ChartTable({ title, heads, rows }: TableProps) {
  return (
    <table class="visually-hidden">
      <caption>{title}</caption>
      <thead>
        <tr>
          {heads.map((head) => (
            <th key={head} scope="col">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells, at) => (
          <tr key={at}>
            {cells.map((cell, column) => (
              <td key={column}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

import type { ComponentChildren } from 'preact'

interface Props {
  title: string
  heads: readonly string[]
  rows: readonly (readonly ComponentChildren[])[]
}

/** A chart's numbers, for those who do not see it. */
export function ChartTable({ title, heads, rows }: Props) {
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

import { columnsOf, cutTo } from '../../terminal/terminal-text.ts'

export interface Column {
  heading: string
  /** Cells may be cut, for the table to fit. @default false */
  mayBeCut?: boolean
}

const gap = '  '
/** A cell that may be cut is, also where there is no terminal: it would cost so many spaces in every row. */
const mostColumns = 200
/** A cell that is cut tells something with so many. */
const leastColumns = 6

/** Rows under their headings, in columns; no line is wider than the terminal, as far as cells may be cut. */
export function fittedTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  terminalColumns: number | undefined,
): string[] {
  const all = [columns.map(({ heading }) => heading), ...rows]
  const wanted = columns.map(({ mayBeCut }, at) => {
    const widest = Math.max(...all.map((row) => columnsOf(row[at] ?? '')))
    return mayBeCut ? Math.min(widest, mostColumns) : widest
  })
  const widths = fittedWidths(columns, wanted, terminalColumns)
  return all.map((row) => tableLine(row, widths))
}

/** Takes from the widest of those that may be cut. */
export function fittedWidths(
  columns: readonly Column[],
  wanted: readonly number[],
  terminalColumns: number = Number.POSITIVE_INFINITY,
): number[] {
  const widths = [...wanted]
  const gaps = gap.length * (widths.length - 1)
  let over = gaps + widths.reduce((sum, width) => sum + width, 0) - terminalColumns
  while (over > 0) {
    const widest = columns.reduce(
      (found, { mayBeCut }, at) =>
        mayBeCut && (widths[at] ?? 0) > (widths[found] ?? leastColumns) ? at : found,
      -1,
    )
    if (widest < 0) break
    widths[widest] = (widths[widest] ?? 0) - 1
    over -= 1
  }
  return widths
}

export function tableLine(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, at) => {
      const cut = cutTo(cell, widths[at] ?? 0)
      return cut + ' '.repeat(Math.max(0, (widths[at] ?? 0) - columnsOf(cut)))
    })
    .join(gap)
    .trimEnd()
}

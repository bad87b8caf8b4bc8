import type { CostRow } from './cost-row.ts'
import type { Prices } from './prices.ts'

/** Rows of the same kinds, computed for different loads; each is a column. */
export interface CostTable {
  heads: readonly string[]
  columns: readonly (readonly CostRow[])[]
}

/** US dollars. */
export function usdOf(prices: Prices, rows: readonly CostRow[]): number {
  return rows.reduce(
    (sum, { price, quantity }) => sum + (quantity * prices[price].usd) / prices[price].per,
    0,
  )
}

/** Each row with its quantities, and the sum, as aligned lines. */
export function linesOf(prices: Prices, { heads, columns }: CostTable): string[] {
  const body = (columns[0] ?? []).map((first, at) => [
    first.service,
    first.what,
    ...columns.flatMap((rows) => cells(prices, rows[at])),
  ])
  const sum = ['Together', '', ...columns.flatMap((rows) => ['', dollars(usdOf(prices, rows))])]
  return aligned([['', '', ...heads.flatMap((head) => ['', head])], ...body, sum])
}

/** A line a service, and the sum, as a Markdown table. */
export function markdownOf(prices: Prices, title: string, { heads, columns }: CostTable): string[] {
  const services = [...new Set(columns.flat().map(({ service }) => service))]
  const line = (name: string, usd: readonly string[]) => `| ${[name, ...usd].join(' | ')} |`
  const sums = (of: (rows: readonly CostRow[]) => readonly CostRow[]) =>
    columns.map((rows) => dollars(usdOf(prices, of(rows))))
  return [
    line(title, heads),
    line(
      '---',
      heads.map(() => '---:'),
    ),
    ...services.map((service) =>
      line(
        service,
        sums((rows) => rows.filter((one) => one.service === service)),
      ),
    ),
    line(
      '**together**',
      sums((rows) => rows).map((usd) => `**${usd}**`),
    ),
  ]
}

/** `$1.23`; `<$0.01` for what is more than nothing. */
export function dollars(usd: number): string {
  if (usd > 0 && usd < 0.005) return '<$0.01'
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
}

function cells(prices: Prices, row: CostRow | undefined): [quantity: string, usd: string] {
  if (!row) return ['', '']
  const digits = row.quantity < 100 && !Number.isInteger(row.quantity) ? 2 : 0
  return [
    row.quantity.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits }),
    dollars(usdOf(prices, [row])),
  ]
}

/** Texts to the left, figures to the right. */
function aligned(table: readonly string[][]): string[] {
  const widths = (table[0] ?? []).map((_, at) => Math.max(...table.map((cells) => (cells[at] ?? '').length)))
  return table.map((cells) =>
    cells
      .map((cell, at) => (at < 2 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

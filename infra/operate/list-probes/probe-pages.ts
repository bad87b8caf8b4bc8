import type { Ticks } from '../../../shared/event/ticks.ts'
import { pageRows } from '../../../shared/smokeball-api/lists.ts'
import { type Seen, seenOf } from './assumptions.ts'
import type { ProbedList, ProbedPage, ProbedRow } from './probed-list.ts'

/** A page of the list as walks ask for it. */
export interface Sample extends ProbedPage {
  updatedSince: Ticks | undefined
}

/** In which order rows are, with `Sort` and without. At most 1 call. */
export async function probeOrder({ list, page }: ProbedList, sample: Sample): Promise<Seen[]> {
  const { kind, sort } = list
  const { updatedSince } = sample
  const plain = sort === undefined ? sample : await page({ updatedSince, offset: 0 }, { Sort: undefined })
  const found = orderOf(plain.rows)
  const order = seenOf(kind, 'order')
  const seen = [
    found === undefined
      ? order.notSeen('fewer than five rows have a time of their own', 'Change some, and run it again.')
      : order.asAssumed(`without \`Sort\`, rows have ${found}`, 'Walks rely on none.'),
  ]
  if (sort === undefined) return seen
  const sorted = seenOf(kind, 'sort')
  const bySort = orderOf(sample.rows)
  if (bySort === undefined)
    return [
      ...seen,
      sorted.notSeen('fewer than five rows have a time of their own', 'Change some, and run it again.'),
    ]
  const isHeeded = bySort === 'the oldest change first'
  return [
    ...seen,
    isHeeded
      ? sorted.asAssumed(`rows have ${bySort}`, 'Nothing.')
      : sorted.harmless(`rows have ${bySort}`, 'Walks go on by offset, and pages overlap.'),
  ]
}

/** Fewer may be in order by chance. */
const leastTimes = 5

/** The order of rows by their stamps; undefined where too few tell a time. */
function orderOf(rows: readonly ProbedRow[]): string | undefined {
  const times = rows.flatMap(({ stamp }) => stamp?.ticks ?? [])
  if (new Set(times).size < leastTimes) return undefined
  const isRising = times.every((time, at) => time >= (times[at - 1] ?? 0n))
  const isFalling = times.every((time, at) => time <= (times[at - 1] ?? time))
  return isRising
    ? 'the oldest change first'
    : isFalling
      ? 'the newest change first'
      : 'no order by their change'
}

/** Whether the second row comes where the first one is left out. At most 4 calls. */
export async function probeOffset({ list, page }: ProbedList, { updatedSince }: Sample): Promise<Seen> {
  const offset = seenOf(list.kind, 'offset')
  let isFirst = false
  // Rows that change between two calls move: once may be chance.
  for (let tries = 0; tries < 2; tries++) {
    const [first, second] = (await page({ updatedSince, offset: 0, limit: 2 })).rows
    if (!first || !second)
      return offset.notSeen('the list has fewer than two rows', 'Run it again when it has more.')
    const [shown] = (await page({ updatedSince, offset: 1, limit: 1 })).rows
    if (shown?.id === second.id) return offset.asAssumed('`Offset=1` begins with the second row', 'Nothing.')
    isFirst = shown?.id === first.id
  }
  return offset.loses(
    isFirst ? '`Offset=1` begins with the first row' : 'two pages of the list do not join',
    `Walks do not find all that was changed where that is more than a page of ${pageRows} rows.`,
  )
}

/** Whether a short page ends the list, and whether `size` counts it. At most 1 call. */
export async function probePageSize({ list, page }: ProbedList, sample: Sample): Promise<Seen> {
  const { updatedSince, size } = sample
  const rows = sample.rows.length
  const pages = seenOf(list.kind, 'page-size')
  const counts = `${rows} ${rows === 1 ? 'row' : 'rows'} came, and \`size\` is ${size ?? 'not there'}`
  if (rows >= pageRows)
    return pages.asAssumed(`${counts}: a page has as many rows as were asked for`, 'Nothing.')
  const after = await page({ updatedSince, offset: rows, limit: 1 })
  if (after.rows.length > 0)
    return pages.loses(`${counts}: more come with \`Offset=${rows}\``, 'Walks end too early, after a page.')
  if (size === rows) return pages.asAssumed(`${counts}: no more rows follow`, 'Nothing.')
  return pages.harmless(
    `${counts}: no more rows follow`,
    'Walks end at a short page, and do not read `size`.',
  )
}

import { type FeedPage, readFeed } from '../../../shared/ledger/event-feed.ts'
import { callLimit } from '../../operate/call-limit.ts'
import { eventJson } from '../../operate/events/event-json.ts'
import { eventTableOf } from '../../operate/events/event-table.ts'
import { shownMoment } from '../../operate/moments.ts'
import { terminal } from '../../terminal/terminal.ts'
import { eventCells, eventColumns } from '../terminal/event-cells.ts'
import { fittedTable } from '../terminal/fitted-table.ts'
import { command } from './command.ts'
import {
  type FilterOptions,
  filterOf,
  limitOf,
  type RangeOptions,
  rangeOf,
  type ShowOptions,
  sameOptions,
  withFilter,
  withUtc,
} from './event-options.ts'
import { onDeployment, type Run } from './on-deployment.ts'

interface ListOptions extends FilterOptions, RangeOptions, ShowOptions {
  limit: string
  cursor?: string
}

/** What came lately. */
export const eventsList = withUtc(
  withFilter(
    command(
      'list',
      'Lists what came lately, newest first. Deliveries that were refused, and copies that the queue dropped, are not in ' +
        'the table: metrics count them, or the running npm start shows them. What still waits: status.',
      [
        'events list',
        'events list --outcome failed,dead-lettered --since 2h',
        "events list --type 'contact.*' --handler crm --json",
      ],
    ),
  ),
)
  .option('--since <when>', "received since: 2h (ago), 2026-07-01, '2026-07-01 09:30'")
  .option('--until <when>', 'received until')
  .option('--limit <n>', 'events of a page', '20')
  .option('--cursor <cursor>', 'the page that goes on there')
  .action(
    onDeployment<ListOptions>(async (run, options) => {
      const filter = { ...filterOf(options), ...rangeOf(options, terminal().clock.now()) }
      const { limit, cursor } = options
      const page = await readFeed(
        eventTableOf(run.deployment),
        { filter, limit: limitOf(limit), cursor },
        callLimit().signal,
      )
      run.out.result(
        { events: page.events.map(eventJson), cursor: page.cursor ?? null, looked: page.looked },
        lines(run, page, options),
      )
    }),
  )

function lines(run: Run, page: FeedPage, options: ListOptions): string[] {
  const { events, cursor, looked, lookedBackToEpochMs } = page
  const rows = events.map((event) => eventCells(event, options.utc))
  const table = rows.length > 0 ? fittedTable(eventColumns, rows, terminal().stdout.columns) : []
  if (cursor === undefined)
    return rows.length > 0 ? table : [`No such event. What still waits: ${run.next('status')}`]
  const isShort = events.length < Number(options.limit) && lookedBackToEpochMs !== undefined
  const how = isShort ? `${looked} looked at, back to ${shownMoment(lookedBackToEpochMs, options.utc)}. ` : ''
  const more = run.next({ command: 'events list', options: { ...sameOptions(options), cursor } })
  return [...table, `${how}More: ${more}`]
}

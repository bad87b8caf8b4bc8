import { resourceKey } from '../../../shared/event/event-identity.ts'
import { type FeedPage, readFeed } from '../../../shared/ledger/event-feed.ts'
import { readEvent, type StoredEvent } from '../../../shared/ledger/read-event.ts'
import { callLimit, eventTableOf } from '../../operate/deployment.ts'
import { eventJson, parsedNotification } from '../../operate/events/event-json.ts'
import { shownMoment } from '../../operate/moments.ts'
import { terminal } from '../../terminal/terminal.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import {
  eventCells,
  eventColumns,
  factLines,
  handlerLines,
  notificationLines,
} from '../terminal/event-words.ts'
import { fittedTable } from '../terminal/fitted-table.ts'
import { group, reading } from './command.ts'
import {
  type FilterOptions,
  filterOf,
  givenEvent,
  limitOf,
  type RangeOptions,
  rangeOf,
  type ShowOptions,
  sameOptions,
  withFilter,
  withUtc,
} from './events/options.ts'
import { eventsPull } from './events/pull.ts'
import { eventsResource } from './events/resource.ts'
import { eventsTail } from './events/tail.ts'
import { onDeployment, type Run } from './on-deployment.ts'

interface ListOptions extends FilterOptions, RangeOptions, ShowOptions {
  limit: string
  cursor?: string
}

/** What came lately. */
const eventsList = withUtc(
  withFilter(
    reading(
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

/** All that is known of one event. */
const eventsShow = withUtc(
  reading(
    'show <reference>',
    'Shows an event: where it came from, what each handler came to, and its payload.',
    ['events show mhikn8rn-d79d4bee', 'events show d79d4bee0913 --json'],
  ),
).action(
  onDeployment<ShowOptions>(async (run, { utc }, reference = '') => {
    const row = await givenEvent(run, reference)
    const event = await readEvent(eventTableOf(run.deployment), row, callLimit().signal)
    if (!event) throw new UsageError(`The event ${row.reference} has expired meanwhile.`)
    const notification = parsedNotification(event.text)
    run.out.result({ ...eventJson(event), notification, text: event.text }, [
      ...factLines(event, utc),
      ...handlerLines(event, utc),
      ...notificationLines(event.text, event),
      '',
      `Its resource: ${historyCommand(run, event)}`,
    ])
  }),
)

/** By its key where its names do not do: of one that is too long only the hash is there, and nobody can read control characters. */
function historyCommand({ next }: Run, { accountId, resource, resourceKey: key }: StoredEvent): string {
  const names = [accountId, resource.kind, resource.id]
  const [account = '', kind = '', id = ''] = names
  const isNamed = resourceKey(account, kind, id) === key && !/\p{C}/u.test(names.join(''))
  return next({ command: 'events resource', positionals: isNamed ? names : [key] })
}

/** The events of a deployment. */
export const events = group('events', 'Shows what came, and what became of it', [
  eventsList,
  eventsTail,
  eventsShow,
  eventsResource,
  eventsPull,
])

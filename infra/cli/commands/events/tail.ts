import { waitingIn } from '../../../../shared/queue/waiting.ts'
import { callLimit, eventTableOf } from '../../../operate/deployment.ts'
import { eventJson } from '../../../operate/events/event-json.ts'
import { followFeed } from '../../../operate/events/feed.ts'
import { explained } from '../../../operate/explained.ts'
import { terminal } from '../../../terminal/terminal.ts'
import { eventCells, eventColumns } from '../../terminal/event-words.ts'
import { fittedWidths, tableLine } from '../../terminal/fitted-table.ts'
import { untilInterrupted } from '../../terminal/until-interrupted.ts'
import { reading } from '../command.ts'
import { onDeployment, type Run } from '../on-deployment.ts'
import {
  durationOf,
  type FilterOptions,
  filterOf,
  momentOf,
  type ShowOptions,
  withFilter,
  withUtc,
} from './options.ts'

interface TailOptions extends FilterOptions, ShowOptions {
  since?: string
  waited: string
}

/** Looks that may fail in a row: some five minutes. */
const maxFailures = 100

/** What comes, as it comes. */
export const eventsTail = withUtc(
  withFilter(
    reading(
      'tail',
      'Tells each event once, as it is recorded, until Ctrl-C. With --json, one document a line.',
      ['events tail', 'events tail --since 1h --outcome failed,dead-lettered'],
    ),
  ),
)
  .option('--since <when>', "begins with what was received since: 2h (ago), '2026-07-01 09:30'")
  .option('--waited <duration>', 'also tells events that others overtook by so much: 2h', '5m')
  .action(
    onDeployment<TailOptions>(async (run, options) => {
      const { since, waited, utc } = options
      const nowEpochMs = terminal().clock.now()
      const waitedMs = durationOf('--waited', waited)
      const sinceEpochMs = since === undefined ? undefined : momentOf('--since', since, { nowEpochMs, utc })
      await tellWaiting(run, waited)
      const onProblem = (error: unknown, inARow: number) => {
        const problem = explained(error)
        if (problem === undefined || inARow > maxFailures) throw error
        if (inARow === 1) run.out.warn(problem)
      }
      const deps = { ...eventTableOf(run.deployment), clock: terminal().clock, onProblem }
      const usual = eventColumns.map(({ heading, usualColumns }) => Math.max(heading.length, usualColumns))
      await untilInterrupted(async (signal) => {
        for await (const event of followFeed(
          deps,
          { filter: filterOf(options), sinceEpochMs, waitedMs },
          signal,
        )) {
          const widths = fittedWidths(eventColumns, usual, terminal().stdout.columns)
          run.out.each(eventJson(event), tableLine(eventCells(event, utc), widths))
        }
      })
    }),
  )

/** Events that wait were received before what may be told now. */
async function tellWaiting({ deployment, out }: Run, waited: string): Promise<void> {
  const { sqs, outputs } = deployment
  const { waiting } = await waitingIn(sqs, outputs.EventQueueUrl, callLimit().signal)
  out.note(`Following ${deployment.name}. Ctrl-C ends it.`)
  if (waiting > 0)
    out.note(
      `${waiting} wait in the queue. Those that others overtake by more than ${waited} are told with --waited.`,
    )
}

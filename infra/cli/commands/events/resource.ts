import { isResourceKey, resourceKey } from '../../../../shared/event/event-identity.ts'
import { ticksToEpochMs } from '../../../../shared/event/ticks.ts'
import type { EventRow } from '../../../../shared/ledger/event-row.ts'
import { readHistory } from '../../../../shared/ledger/resource-history.ts'
import { readResourceState } from '../../../../shared/ledger/resource-state.ts'
import { callLimit, eventTableOf } from '../../../operate/deployment.ts'
import { eventJson } from '../../../operate/events/event-json.ts'
import {
  type StateWords,
  seenHeading,
  stateJson,
  stateWords,
} from '../../../operate/events/resource-words.ts'
import { shownMoment } from '../../../operate/moments.ts'
import { terminal } from '../../../terminal/terminal.ts'
import { lineForTerminal } from '../../../terminal/terminal-text.ts'
import { NotUnderstood } from '../../../terminal/usage-error.ts'
import { handlersCell, statusWord } from '../../terminal/event-words.ts'
import { fittedTable } from '../../terminal/fitted-table.ts'
import { reading } from '../command.ts'
import { onDeployment } from '../on-deployment.ts'
import { limitOf, type ShowOptions, sameOptions, withUtc } from './options.ts'

interface ResourceOptions extends ShowOptions {
  limit: string
  cursor?: string
  oldestFirst?: boolean
}

/** What happened to one resource. */
export const eventsResource = withUtc(
  reading(
    'resource <account-or-key> [kind] [id]',
    "Shows a resource's history in the order in which it happened, beside when it arrived, and what the ledger says of it. " +
      'Names the resource by account, kind and id, or by its key, as events show tells it and --json has it as resourceKey.',
    [
      'events resource 1e53979d-9269-4159-b104-2e603670f59d contact 5b1e9d5c-0c5a-4b0e-9f0e-7f8a2d1c3b4a',
      "events resource 'firm|contact|%E2%80%AEx'",
    ],
  ),
)
  .option('--limit <n>', 'events of a page', '20')
  .option('--oldest-first', 'from the beginning (newest first)')
  .option('--cursor <cursor>', 'the page that goes on there')
  .action(
    onDeployment<ResourceOptions>(async (run, options, ...given) => {
      const names = given.filter((name) => name !== undefined)
      const { limit, cursor, oldestFirst = false, utc } = options
      const deps = eventTableOf(run.deployment)
      const key = keyOf(names)
      const { signal } = callLimit()
      const [state, page] = await Promise.all([
        readResourceState(deps, key, signal),
        readHistory(deps, { resourceKey: key, limit: limitOf(limit), cursor, oldestFirst }, signal),
      ])
      const on = { ...sameOptions({ limit, ...(utc && { utc }) }), 'oldest-first': oldestFirst }
      const more = (cursor: string) =>
        run.next({ command: 'events resource', options: { ...on, cursor }, positionals: names })
      run.out.result(
        {
          ledger: state ? stateJson(state) : null,
          events: page.events.map(eventJson),
          cursor: page.cursor ?? null,
        },
        [
          ...(state
            ? stateLines(stateWords(state, page.events, { utc, nowEpochMs: terminal().clock.now() }))
            : []),
          ...(page.events.length > 0 ? historyLines(page.events, utc) : ['No event of it is there.']),
          ...(page.cursor === undefined ? [] : [`More: ${more(page.cursor)}`]),
        ],
      )
    }),
  )

/** The resource's key, from account, kind and id, or from a key alone. Throws `NotUnderstood`. */
function keyOf([first = '', kind, id]: readonly string[]): string {
  if (kind !== undefined && id !== undefined) return resourceKey(first, kind, id)
  if (kind === undefined && isResourceKey(first)) return first
  throw new NotUnderstood(
    'Say which resource: its account, its kind and its id, or its key alone, which is three parts with | between.',
  )
}

function stateLines({ seen, rest }: StateWords): string[] {
  return [seenHeading, ...seen.map((line) => `  ${lineForTerminal(line)}`), ...rest.map(lineForTerminal), '']
}

function historyLines(events: readonly EventRow[], utc: boolean | undefined): string[] {
  const columns = [
    { heading: 'Happened' },
    { heading: 'Received' },
    { heading: 'Outcome' },
    { heading: 'Type', mayBeCut: true },
    { heading: 'Handlers', mayBeCut: true },
    { heading: 'Reference' },
  ]
  const rows = events.map((event) => {
    const { ticks, delivery, type, handlers, reference } = event
    return [
      shownMoment(ticksToEpochMs(ticks), utc, 'short'),
      shownMoment(delivery.receivedEpochMs, utc, 'short'),
      statusWord(event),
      lineForTerminal(type),
      lineForTerminal(handlersCell(handlers)),
      lineForTerminal(reference),
    ]
  })
  return fittedTable(columns, rows, terminal().stdout.columns)
}

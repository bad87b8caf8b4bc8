import type { Replay } from '../../../shared/ledger/replay.ts'
import type { HandlerInfo } from '../../bundle/read-handlers.ts'
import { callLimit } from '../../operate/deployment.ts'
import { handlersOf } from '../../operate/handlers-of.ts'
import { eventsToReplay, type FoundEvents, type ReplayFilter } from '../../operate/replay/events-to-replay.ts'
import { type PlannedReplay, planByRecord, planReplay } from '../../operate/replay/plan-replay.ts'
import { newReplayId, type ReplayDeps, replayDepsOf } from '../../operate/replay/send-replays.ts'
import { terminal } from '../../terminal/terminal.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { askWhether, isInteractive } from '../terminal/ask.ts'
import { planJson, planLines } from '../terminal/replay-words.ts'
import { changingCommand } from './command.ts'
import { givenEvent, outcomes, readOutcomes, sameOptions, withUtc } from './events/options.ts'
import { onDeployment, type Run } from './on-deployment.ts'
import {
  filterGiven,
  goOnWith,
  handlersMeant,
  type ReplayOptions,
  readNames,
  readRate,
  readReplayId,
  refuseFilter,
} from './replay/options.ts'
import { sendAndTell } from './replay/send.ts'

/** More than these are asked for first. */
const askedAbove = 20

/** Handles stored events again. */
export const replayCommand = withUtc(
  changingCommand(
    'replay [references...]',
    'Handles stored events again: puts them back through the queue, for the handlers that failed, or for those that are named. ' +
      'A handler that takes only the newest state skips what was superseded meanwhile. A dead letter is sent back by dlq redrive.',
    [
      'replay mhikn8rn-d79d4bee --stage prod',
      "replay --stage prod --since 2h --type 'contact.*' --outcome failed --dry-run",
      "replay --local --outcome unhandled --handler crm --type 'contact.*'",
      'replay --stage prod --since 2026-07-01 --account 1e53979d-9269-4159-b104-2e603670f59d --all --rate 20',
    ],
  ),
)
  .option('--since <when>', "received since: 2h (ago), 2026-07-01, '2026-07-01 09:30'")
  .option('--until <when>', 'received until (now)')
  .option('--account <id>', 'of this account')
  .option('--type <type>', 'of this type: matter.updated, or contact.* for a kind')
  .option(
    '--outcome <outcomes>',
    'that came to one of these (failed: given up, too; unhandled, with --handler: that it was never run for): ' +
      outcomes.join(', '),
    readOutcomes,
  )
  .option('--handler <names>', 'for these handlers, whatever they came to (those that failed)', readNames)
  .option('--all', 'for every handler that takes such events')
  .option(
    '--force',
    'run handlers that would skip it as superseded, too; also when it is still being retried',
  )
  .option('--dry-run', 'only tell what would run, and why not')
  .option('--yes', `do not ask, when there are more than ${askedAbove}`)
  .option('--rate <n>', 'events a second', readRate, 50)
  .option(
    '--id <id>',
    'go on with the replay of this id, which was begun with the same options',
    readReplayId,
  )
  .action(
    onDeployment<ReplayOptions, [string[]]>(async (run, options, references) => {
      const known = await knownHandlers(run)
      const handlers = handlersMeant(options, known)
      if (references.length > 0) refuseFilter(options)
      const how = { handlers, force: options.force === true }
      const deps = replayDepsOf(run.deployment, known)
      const filter: Partial<ReplayFilter> =
        references.length > 0 ? {} : filterGiven(options, handlers, terminal().clock.now())
      const { events, without } = await eventsGiven(run, deps, references, { ...filter, handlers })
      const plans = events.map((event) => planByRecord(event, how, known))
      const sending = plans.filter(({ sends }) => sends)
      if (plans.length === 0 && options.id === undefined) return tellNone(run, options, without)
      if (options.dryRun) return tellPlan(run, deps, plans, how, options.utc)
      // One that is gone on with may be through.
      if (sending.length === 0 && options.id === undefined) throw nothingToSend(plans, how)
      await askFirst(sending.length, options)
      const id = options.id ?? newReplayId()
      const goOn = run.next(goOnWith(references, options, filter, id))
      await sendAndTell(run, {
        events: sending.map(({ event }) => event),
        skipped: plans.length - sending.length,
        deps,
        goOn,
        perSecond: options.rate,
        replay: { id, ...how },
      })
    }),
  )

/** Undefined where they cannot be read: then names are not checked, and the consumer decides. */
async function knownHandlers({ deployment, out }: Run): Promise<readonly HandlerInfo[] | undefined> {
  try {
    return await handlersOf(deployment)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    out.warn(`Which handlers there are is not known: ${error.message}`)
    return undefined
  }
}

/** Those that are named, or all that the filter means. */
async function eventsGiven(
  run: Run,
  deps: ReplayDeps,
  references: readonly string[],
  filter: ReplayFilter,
): Promise<Pick<FoundEvents, 'events'> & Partial<FoundEvents>> {
  if (references.length > 0) {
    const named = await Promise.all(references.map((reference) => givenEvent(run, reference)))
    return { events: [...new Map(named.map((event) => [event.eventId, event])).values()] }
  }
  let told = 0
  const onLooked = (looked: number) => {
    if (looked - told < 10_000) return
    told = looked
    run.out.note(`${looked} events looked at…`)
  }
  return eventsToReplay(deps, filter, onLooked, new AbortController().signal)
}

/** Each with a look at its resource's ledger, a handful at once. */
async function tellPlan(
  run: Run,
  deps: ReplayDeps,
  plans: readonly PlannedReplay[],
  how: Omit<Replay, 'id'>,
  utc: boolean | undefined,
): Promise<void> {
  const full: PlannedReplay[] = []
  for (let at = 0; at < plans.length; at += 20) {
    const { signal } = callLimit()
    const some = plans.slice(at, at + 20)
    full.push(...(await Promise.all(some.map(({ event }) => planReplay(deps, event, how, signal)))))
  }
  run.out.result({ dryRun: true, events: full.map(planJson) }, planLines(full, utc))
}

/** It is no failure of a dry run. Else throws `UsageError`. */
function tellNone(run: Run, options: ReplayOptions, without: FoundEvents['without'] | undefined): void {
  const text = noSuchEvent(run, options, without)
  if (!options.dryRun) throw new UsageError(text)
  run.out.result({ dryRun: true, events: [] }, [text])
}

/** Names the filter that finds some, where leaving out one clause of it does. */
function noSuchEvent(
  { next }: Run,
  options: ReplayOptions,
  without: FoundEvents['without'] | undefined,
): string {
  const found = Object.entries(without ?? {}).filter(([, count]) => count > 0)
  if (found.length === 0) return `No such event. See what is there: ${next('events list')}`
  const { handler, all, ...filter } = options
  const others = found.map(([clause, count]) => {
    const isImplied = clause === 'outcome' && filter.outcome === undefined
    const left = { ...filter, ...(handler && { handler: handler.join(',') }), [clause]: undefined }
    const options = { ...sameOptions(left), all: all === true || isImplied, 'dry-run': true }
    const what = isImplied ? `${count} that did not fail` : `${count} without --${clause}`
    return `  ${what}: ${next({ command: 'replay', options })}`
  })
  return ['No such event. There would be:', ...others].join('\n')
}

function nothingToSend(plans: readonly PlannedReplay[], how: Omit<Replay, 'id'>): UsageError {
  const whys = [...new Set(plans.flatMap(({ why, handlers }) => [why, ...handlers.map(({ why }) => why)]))]
  const said = lineForTerminal(whys.filter((why) => why !== undefined).join('; '))
  const isRetried = plans.some(({ event }) => event.status === 'failed') && !how.force
  const hint = [
    ...(how.handlers === 'failed' ? ['; --handler NAME or --all runs handlers that did not fail'] : []),
    ...(isRetried ? ['; --force sends what is being retried'] : []),
  ].join('')
  return new UsageError(`Nothing to replay: ${said}. --dry-run tells it of each event${hint}.`)
}

async function askFirst(count: number, { yes }: ReplayOptions): Promise<void> {
  if (yes || count <= askedAbove) return
  if (!isInteractive())
    throw new UsageError(`These are ${count} events. Add --yes to replay them, or --dry-run to see them.`)
  if (!(await askWhether(`Replay ${count} events?`))) throw new UsageError('Nothing was replayed.')
}

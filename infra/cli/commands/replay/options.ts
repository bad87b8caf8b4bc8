import { InvalidArgumentError } from 'commander'
import { handlerOutcomes, isGivenUp, namesOf } from '../../../../shared/event/outcomes.ts'
import type { Outcome } from '../../../../shared/ledger/event-filter.ts'
import { writeReplay } from '../../../../shared/ledger/replay.ts'
import type { CommandWords } from '../../../../shared/runtime/command-line.ts'
import type { HandlerInfo } from '../../../bundle/read-handlers.ts'
import type { ReplayFilter } from '../../../operate/replay/events-to-replay.ts'
import { didYouMean } from '../../../smokeball/unlisted-types.ts'
import { NotUnderstood, UsageError } from '../../../terminal/usage-error.ts'
import { rangeOf } from '../events/options.ts'

export interface ReplayOptions {
  account?: string
  type?: string
  outcome?: Outcome[]
  since?: string
  until?: string
  handler?: string[]
  all?: boolean
  force?: boolean
  dryRun?: boolean
  yes?: boolean
  rate: number
  id?: string
  utc?: boolean
}

/** For whom. Throws `NotUnderstood`, or `UsageError` for a name that no handler has. */
export function handlersMeant(
  { handler, all }: ReplayOptions,
  known: readonly HandlerInfo[] | undefined,
): ReplayFilter['handlers'] {
  if (handler && all) throw new NotUnderstood('--handler and --all exclude each other.')
  // Told before any event is looked for.
  if (handler) writeReplay({ id: '-'.repeat(64), handlers: handler, force: true })
  if (all) return 'all'
  if (!handler) return 'failed'
  if (!known) return handler
  const names = known.map(({ name }) => name)
  const [unknown] = handler.filter((name) => !names.includes(name))
  if (unknown === undefined) return handler
  throw new UsageError(
    `No handler is called '${unknown}'.${didYouMean(unknown, names)} There are: ${names.join(', ') || 'none'}`,
  )
}

/** Events are named, or chosen. Throws `NotUnderstood`. */
export function refuseFilter({ account, type, outcome, since, until }: ReplayOptions): void {
  const given = Object.entries({ account, type, outcome, since, until }).filter(
    ([, value]) => value !== undefined,
  )
  if (given.length === 0) return
  const flags = given.map(([name]) => `--${name}`).join(', ')
  throw new NotUnderstood(`${flags} choose events where none is named: leave them out, or the references.`)
}

/** Which events, when none is named. Throws `NotUnderstood`. */
export function filterGiven(
  options: ReplayOptions,
  handlers: ReplayFilter['handlers'],
  nowEpochMs: number,
): ReplayFilter {
  const { account, type, outcome, since, until } = options
  const isBounded = [account, type, outcome, since, until, options.handler].some((each) => each !== undefined)
  if (!isBounded)
    throw new NotUnderstood(
      'Say which events: by reference (events list shows them), or by --since, --type, --account, --outcome or --handler.',
    )
  const outcomes = outcome ?? (handlers === 'failed' ? (['failed'] as const) : undefined)
  return {
    handlers,
    ...(account !== undefined && { accountId: account }),
    ...(type !== undefined && { type }),
    ...(outcomes && { outcomes: outcomes.flatMap(withGivenUp) }),
    // What comes while it is sent is no history yet.
    untilEpochMs: nowEpochMs,
    ...rangeOf(options, nowEpochMs),
  }
}

/** Who asks for what failed means what is given up, too. */
function withGivenUp(outcome: Outcome): Outcome[] {
  return outcome === 'failed'
    ? ['failed', 'dead-lettered', ...namesOf(handlerOutcomes).filter(isGivenUp)]
    : [outcome]
}

/** The same replay again, to go on with: moments that were told from now are the same moments later. */
export function goOnWith(
  references: readonly string[],
  options: ReplayOptions,
  { sinceEpochMs, untilEpochMs }: Pick<ReplayFilter, 'sinceEpochMs' | 'untilEpochMs'>,
  id: string,
): CommandWords {
  const { account, type, outcome, handler, all, force, rate } = options
  const iso = (epochMs: number | undefined) =>
    epochMs === undefined ? undefined : new Date(epochMs).toISOString()
  const values = {
    account,
    type,
    outcome: outcome?.join(','),
    handler: handler?.join(','),
    since: iso(sinceEpochMs),
    until: iso(untilEpochMs),
    rate: String(rate),
    id,
  }
  return { command: 'replay', options: { ...values, all, force, yes: true }, positionals: references }
}

export function readNames(text: string): string[] {
  const names = text.split(',')
  if (names.every((name) => /^[\w.-]{1,64}$/.test(name))) return names
  throw new InvalidArgumentError("Give handlers' names, several with commas.")
}

export function readRate(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a whole number of events a second, from 1 on.')
}

export function readReplayId(text: string): string {
  if (/^[\w-]{1,64}$/.test(text)) return text
  throw new InvalidArgumentError('Give the id as the replay told it.')
}

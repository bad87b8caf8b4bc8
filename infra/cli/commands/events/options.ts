import { type Command, InvalidArgumentError } from 'commander'
import { eventStatuses, handlerOutcomes, namesOf } from '../../../../shared/event/outcomes.ts'
import type { EventFilter, Outcome } from '../../../../shared/ledger/event-filter.ts'
import type { EventRow } from '../../../../shared/ledger/event-row.ts'
import { type CommandWords, commandLine } from '../../../../shared/runtime/command-line.ts'
import { callLimit, eventTableOf } from '../../../operate/deployment.ts'
import { lookUpEvent } from '../../../operate/events/look-up-event.ts'
import { emptyRange } from '../../../operate/moments.ts'
import { NotUnderstood, UsageError } from '../../../terminal/usage-error.ts'
import type { Run } from '../on-deployment.ts'

export interface FilterOptions {
  account?: string
  type?: string
  outcome?: Outcome[]
  handler?: string
  own?: boolean
  late?: boolean
}

export interface RangeOptions {
  since?: string
  until?: string
}

export interface ShowOptions {
  utc?: boolean
}

export const outcomes = [...new Set<Outcome>([...eventStatuses(), ...namesOf(handlerOutcomes)])]

/** Adds the options that say which events. */
export function withFilter(command: Command): Command {
  return command
    .option('--account <id>', 'of this account')
    .option('--type <type>', 'of this type: matter.updated, or contact.* for a kind')
    .option('--outcome <outcomes>', `that came to one of these: ${outcomes.join(', ')}`, readOutcomes)
    .option(
      '--handler <name>',
      'that this handler was run for, or skipped; with --outcome: what it came to (unhandled: it was never run)',
    )
    .option('--own', 'that your own API writes caused')
    .option('--no-own', 'without those')
    .option('--late', 'that came after a newer one of their resource')
    .option('--no-late', 'without those')
}

export function withUtc(command: Command): Command {
  return command.option('--utc', 'times in UTC (local)')
}

export function filterOf({ account, type, outcome, handler, own, late }: FilterOptions): EventFilter {
  return {
    ...(account !== undefined && { accountId: account }),
    ...(type !== undefined && { type }),
    ...(outcome !== undefined && { outcomes: outcome }),
    ...(handler !== undefined && { handler }),
    ...(own !== undefined && { own }),
    ...(late !== undefined && { late }),
  }
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `2h` → milliseconds. Throws `NotUnderstood`. */
export function durationOf(option: string, text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (unit !== '') return Number(count) * (unitMs[unit] ?? 0)
  throw new NotUnderstood(`${option} ${text} is no duration: give 30s, 15m, 2h or 3d.`)
}

/**
 * A moment of a command line: `2h` (ago), a date, or a date and time, which are local unless they say where, or `--utc` does.
 * Throws `NotUnderstood`.
 */
export function momentOf(
  option: string,
  text: string,
  { nowEpochMs, utc = false }: { nowEpochMs: number; utc?: boolean | undefined },
): number {
  if (/^\d+[a-z]$/.test(text)) return nowEpochMs - durationOf(option, text)
  const [, date = '', time = '00:00', zone = utc ? 'Z' : ''] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text) ?? []
  const epochMs = new Date(`${date}T${time}${zone}`).getTime()
  if (!Number.isNaN(epochMs) && isDay(date)) return epochMs
  throw new NotUnderstood(
    `${option} ${text} is no moment: give 2h (ago), 2026-07-01, '2026-07-01 09:30' or 2026-07-01T09:30:00Z.`,
  )
}

/** Whether there is such a day: JavaScript takes the 31st of June for the 1st of July. */
function isDay(date: string): boolean {
  return new Date(`${date}T00:00Z`).toISOString().startsWith(date)
}

/** A range that may hold something. Throws `NotUnderstood`. */
export function rangeOf(
  { since, until, utc }: RangeOptions & ShowOptions,
  nowEpochMs: number,
): Pick<EventFilter, 'sinceEpochMs' | 'untilEpochMs'> {
  const range = {
    ...(since !== undefined && { sinceEpochMs: momentOf('--since', since, { nowEpochMs, utc }) }),
    ...(until !== undefined && { untilEpochMs: momentOf('--until', until, { nowEpochMs, utc }) }),
  }
  switch (emptyRange(range, nowEpochMs)) {
    case 'swapped':
      throw new NotUnderstood(
        `--since ${since} is later than --until ${until}, so nothing lies between. The other way round: ` +
          commandLine('', { options: { since: until, until: since } }).trim(),
      )
    case 'to-come':
      throw new NotUnderstood(
        `--since ${since} is still to come: give a moment that is over, such as 2h (ago).`,
      )
    default:
      return range
  }
}

/** The same options again, for a command that goes on. */
export function sameOptions(
  options: FilterOptions & RangeOptions & ShowOptions & { limit?: string },
): NonNullable<CommandWords['options']> {
  const { account, type, outcome, handler, since, until, limit, own, late, utc } = options
  return {
    account,
    type,
    outcome: outcome?.join(','),
    handler,
    since,
    until,
    limit,
    own,
    'no-own': own === false,
    late,
    'no-late': late === false,
    utc,
  }
}

/** Throws `NotUnderstood`. */
export function limitOf(text: string): number {
  if (/^[1-9]\d{0,2}$|^1000$/.test(text)) return Number(text)
  throw new NotUnderstood(`--limit ${text} is no limit: give a whole number from 1 to 1000.`)
}

export function readOutcomes(text: string): Outcome[] {
  const given = text.split(',')
  const [unknown] = given.filter((each) => !outcomes.some((outcome) => outcome === each))
  if (unknown === undefined) return given as Outcome[]
  throw new InvalidArgumentError(`Allowed are ${outcomes.join(', ')}, and several with commas.`)
}

/** The event that a command line names. Throws `NotUnderstood`, or `UsageError` when it is not found. */
export async function givenEvent({ deployment, next }: Run, text: string): Promise<EventRow> {
  const found = await lookUpEvent(eventTableOf(deployment), text, callLimit().signal)
  if (found.kind === 'found') return found.event
  if (found.kind === 'unclear') throw new NotUnderstood(found.problem)
  const advice = found.kind === 'absent' ? ` See what is there: ${next('events list')}` : ''
  throw new UsageError(`${found.problem}${advice}`)
}

import { type Command, InvalidArgumentError } from 'commander'
import { type LetterKind, letterKindNames } from '../../../../shared/event/letter-kinds.ts'
import { isFailure } from '../../../../shared/event/outcomes.ts'
import { is } from '../../../../shared/handling/event.ts'
import { parseReference } from '../../../../shared/ledger/find-event.ts'
import { readEvent } from '../../../../shared/ledger/read-event.ts'
import type { DeadLetter } from '../../../operate/dead-letters/dead-letter.ts'
import type { DeadLettersDeps } from '../../../operate/dead-letters/walk-dead-letters.ts'
import { surveyDeadLetters } from '../../../operate/dead-letters/walk-dead-letters.ts'
import { callLimit } from '../../../operate/deployment.ts'
import { lineForTerminal } from '../../../terminal/terminal-text.ts'
import { NotUnderstood, UsageError } from '../../../terminal/usage-error.ts'
import { unlessInterrupted } from '../../terminal/until-interrupted.ts'
import { type RangeOptions, rangeOf, type ShowOptions, withUtc } from '../events/options.ts'
import type { Run } from '../on-deployment.ts'

export interface LetterFilter extends RangeOptions, ShowOptions {
  kind?: LetterKind[]
  type?: string
  account?: string
  handler?: string
}

/** What says which letters are meant. */
export const whichLetters =
  'a reference, as dlq list shows it, or --kind, --type, --account, --handler, --since or --until'

/** Adds the options that say which dead letters. */
export function withLetterFilter(command: Command): Command {
  return withUtc(
    command
      .option('--kind <kinds>', `of one of these kinds: ${letterKindNames().join(', ')}`, readKinds)
      .option('--type <type>', 'whose event is of this type: matter.updated, or contact.* for a kind')
      .option('--account <id>', 'whose event is of this account')
      .option('--handler <name>', 'whose event failed in this handler')
      .option('--since <when>', "that lie there since: 2h (ago), 2026-07-01, '2026-07-01 09:30', or later")
      .option('--until <when>', 'that lie there since then, or earlier'),
  )
}

/** Whether names or a filter say which letters are meant. */
export function saysWhich(
  names: readonly string[],
  { kind, type, account, handler, since, until }: LetterFilter,
): boolean {
  return names.length > 0 || (kind ?? type ?? account ?? handler ?? since ?? until) !== undefined
}

/** So many events are read at once. */
const readAtOnce = 20

/** Which of the letters the filter lets pass, to be asked when they are there. Throws `NotUnderstood` at once. */
export function letterFilter(
  deps: DeadLettersDeps,
  filter: LetterFilter,
): (letters: readonly DeadLetter[]) => Promise<DeadLetter[]> {
  const range = rangeOf(filter, deps.clock.now())
  return async function passing(letters) {
    const passed = letters.filter((letter) => matchesLetter(filter, range, letter))
    const { handler } = filter
    if (handler === undefined) return passed
    const failed: DeadLetter[] = []
    for (let at = 0; at < passed.length; at += readAtOnce) {
      const some = passed.slice(at, at + readAtOnce)
      const has = await Promise.all(some.map((letter) => hasFailed(deps, letter, handler)))
      failed.push(...some.filter((_, index) => has[index]))
    }
    return failed
  }
}

/** What cannot be read has no type and no account. */
function matchesLetter(
  { kind, type, account }: LetterFilter,
  { sinceEpochMs = 0, untilEpochMs = Number.POSITIVE_INFINITY }: ReturnType<typeof rangeOf>,
  letter: DeadLetter,
): boolean {
  if (kind !== undefined && !kind.includes(letter.kind)) return false
  if (type !== undefined && !(letter.event && is(letter.event, type))) return false
  if (letter.sinceEpochMs < sinceEpochMs || letter.sinceEpochMs > untilEpochMs) return false
  return account === undefined || letter.event?.accountId === account
}

/** Only the event knows: the reason is cut, and may be that of a claim. */
async function hasFailed(
  { dynamodb: client, tableName }: DeadLettersDeps,
  { event }: DeadLetter,
  handler: string,
): Promise<boolean> {
  const stored = event && (await readEvent({ client, tableName }, event, callLimit().signal))
  const record = stored && Object.hasOwn(stored.handlers, handler) ? stored.handlers[handler] : undefined
  return record !== undefined && isFailure(record.outcome)
}

function readKinds(text: string): LetterKind[] {
  const given = text.split(',')
  const [unknown] = given.filter((each) => !letterKindNames().some((kind) => kind === each))
  if (unknown === undefined) return given as LetterKind[]
  throw new InvalidArgumentError(`Allowed are ${letterKindNames().join(', ')}, and several with commas.`)
}

/**
 * The letters that a text names: by a reference, an event id, a message id, or how an id begins. Several letters of one event
 * are all meant. None: it is not there. Throws `UsageError` when it names several events, and as `checkedName` does.
 */
export function namedLetters<Letter extends DeadLetter>(letters: readonly Letter[], text: string): Letter[] {
  const found = candidates(letters, checkedName(text))
  const names = new Set(found.map(({ event, id }) => event?.eventId ?? id))
  if (names.size <= 1) return found
  throw new UsageError(`${shown(text)} names several. Give one's whole id: ${[...names].join(' or ')}`)
}

/** Throws `NotUnderstood` for what can name no letter. */
export function checkedName(text: string): string {
  const name = text.trim().toLowerCase()
  if (parseReference(name) || idBegins.test(name)) return name
  throw new NotUnderstood(
    `'${shown(text)}' names no dead letter: give its reference (as dlq list shows it), or an event id or a message id, or its ` +
      'first 8 digits or more.',
  )
}

/** The shape of a message id: they are UUIDs. */
const idBegins = /^[0-9a-f]{8}(-[0-9a-f-]*)?$/

function candidates<Letter extends DeadLetter>(letters: readonly Letter[], name: string): Letter[] {
  const exact = letters.filter(({ id, event }) => id.toLowerCase() === name || event?.reference === name)
  if (exact.length > 0) return exact
  const reference = parseReference(name)
  // A copy that was delivered later has the same digits, and not the same moment.
  const eventIdBegins = reference?.kind === 'place' ? (name.split('-')[1] ?? name) : name
  return letters.filter(
    ({ id, event }) =>
      event?.eventId.startsWith(eventIdBegins) ||
      (reference?.kind !== 'place' && id.toLowerCase().startsWith(name)),
  )
}

function shown(text: string): string {
  return lineForTerminal(text.trim()).slice(0, 60)
}

/** What a command line means, of what lies there. */
export interface ChosenLetters {
  letters: DeadLetter[]
  /** Names of letters that are not there. */
  notFound: string[]
  /** About how many letters somebody else has in hand. */
  elsewhere: number
}

/** Those that are named, or all, as far as the filter lets them. Throws `NotUnderstood` and `UsageError`. */
export async function chosenLetters(
  deps: DeadLettersDeps,
  names: readonly string[],
  filter: LetterFilter,
): Promise<ChosenLetters> {
  names.forEach(checkedName)
  const passing = letterFilter(deps, filter)
  const { letters, elsewhere } = await unlessInterrupted(
    (signal) => surveyDeadLetters(deps, signal),
    () => 'Stopped. Nothing was changed.',
  )
  const passed = await passing(letters)
  if (names.length === 0) return { letters: passed, notFound: [], elsewhere }
  const named = names.map((name) => ({ name, found: namedLetters(passed, name) }))
  const notFound = named.filter(({ found }) => found.length === 0).map(({ name }) => name)
  return { letters: [...new Set(named.flatMap(({ found }) => found))], notFound, elsewhere }
}

/** Told at the end: it is no success that something was not there, or was in other hands. */
export function refuseMissing({ next }: Run, { notFound }: ChosenLetters, leftOver = 0): void {
  const problems = [
    ...(leftOver > 0 ? [`${leftOver} went into somebody else's hands meanwhile.`] : []),
    ...(notFound.length > 0
      ? [`Not found: ${notFound.map(lineForTerminal).join(', ')}. See what is there: ${next('dlq list')}`]
      : []),
  ]
  if (problems.length > 0) throw new UsageError(problems.join('\n'))
}

export function elsewhereLines(elsewhere: number): string[] {
  if (elsewhere === 0) return []
  const what = elsewhere === 1 ? '1 more is' : `${elsewhere} more are`
  return [`About ${what} being looked at or sent back by somebody else: look again in two minutes.`]
}

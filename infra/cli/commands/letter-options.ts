import { type Command, InvalidArgumentError } from 'commander'
import { isFailure } from '../../../shared/event/outcomes.ts'
import { is } from '../../../shared/handling/handler-registry.ts'
import { readEvent } from '../../../shared/ledger/read-event.ts'
import { callLimit } from '../../operate/call-limit.ts'
import type { DeadLetter, DeadLetterKind } from '../../operate/dead-letters/dead-letter.ts'
import type { DeadLettersDeps } from '../../operate/dead-letters/dead-letters-deps.ts'
import { letterKinds } from '../../operate/dead-letters/letter-kind.ts'
import { type RangeOptions, rangeOf, type ShowOptions, withUtc } from './event-options.ts'

export interface LetterFilter extends RangeOptions, ShowOptions {
  kind?: DeadLetterKind[]
  type?: string
  account?: string
  handler?: string
}

/** What is to be said where no letter is named. */
export const filterFlags = '--kind, --type, --account, --handler, --since or --until'

/** Adds the options that say which dead letters. */
export function withLetterFilter(command: Command): Command {
  return withUtc(
    command
      .option('--kind <kinds>', `of one of these kinds: ${letterKinds.join(', ')}`, readKinds)
      .option('--type <type>', 'whose event is of this type: matter.updated, or contact.* for a kind')
      .option('--account <id>', 'whose event is of this account')
      .option('--handler <name>', 'whose event failed in this handler')
      .option('--since <when>', "that lie there since: 2h (ago), 2026-07-01, '2026-07-01 09:30', or later")
      .option('--until <when>', 'that lie there since then, or earlier'),
  )
}

export function isFiltered({ kind, type, account, handler, since, until }: LetterFilter): boolean {
  return (kind ?? type ?? account ?? handler ?? since ?? until) !== undefined
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

function readKinds(text: string): DeadLetterKind[] {
  const given = text.split(',')
  const [unknown] = given.filter((each) => !letterKinds.some((kind) => kind === each))
  if (unknown === undefined) return given as DeadLetterKind[]
  throw new InvalidArgumentError(`Allowed are ${letterKinds.join(', ')}, and several with commas.`)
}

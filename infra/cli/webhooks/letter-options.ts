import { type Command, InvalidArgumentError } from 'commander'
import { is } from '../../../shared/handler-registry.ts'
import type { DeadLetter, DeadLetterKind } from '../dead-letters/dead-letter.ts'
import { letterKinds } from '../dead-letters/letter-kind.ts'

export interface LetterFilter {
  kind?: DeadLetterKind[]
  type?: string
  account?: string
}

/** Adds the options that say which dead letters. */
export function withLetterFilter(command: Command): Command {
  return command
    .option('--kind <kinds>', `of one of these kinds: ${letterKinds.join(', ')}`, readKinds)
    .option('--type <type>', 'whose event is of this type: matter.updated, or contact.* for a kind')
    .option('--account <id>', 'whose event is of this account')
}

export function isFiltered({ kind, type, account }: LetterFilter): boolean {
  return (kind ?? type ?? account) !== undefined
}

/** What cannot be read has no type and no account. */
export function matchesLetter({ kind, type, account }: LetterFilter, letter: DeadLetter): boolean {
  if (kind !== undefined && !kind.includes(letter.kind)) return false
  if (type !== undefined && !(letter.event && is(letter.event, type))) return false
  return account === undefined || letter.event?.accountId === account
}

function readKinds(text: string): DeadLetterKind[] {
  const given = text.split(',')
  const [unknown] = given.filter((each) => !letterKinds.some((kind) => kind === each))
  if (unknown === undefined) return given as DeadLetterKind[]
  throw new InvalidArgumentError(`Allowed are ${letterKinds.join(', ')}, and several with commas.`)
}

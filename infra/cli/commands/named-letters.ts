import { parseReference } from '../../../shared/ledger/event-reference.ts'
import type { DeadLetter } from '../../operate/dead-letters/dead-letter.ts'
import { NotUnderstood } from '../../terminal/not-understood.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
import { UsageError } from '../../terminal/usage-error.ts'

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

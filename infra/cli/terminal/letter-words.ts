import { letterKinds } from '../../../shared/event/letter-kinds.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import type { DeadLetter } from '../../operate/dead-letters/dead-letter.ts'
import { shownMoment } from '../../operate/moments.ts'
import { terminal } from '../../terminal/terminal.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
import type { Run } from '../commands/on-deployment.ts'
import { counted } from './counted.ts'
import { factLines, handlerLines, notificationLines } from './event-words.ts'
import { type Column, fittedTable } from './fitted-table.ts'

const columns: readonly Column[] = [
  { heading: 'Reference' },
  { heading: 'Since' },
  { heading: 'Kind' },
  { heading: 'Type', mayBeCut: true },
  { heading: 'Resource', mayBeCut: true },
  { heading: 'Reason', mayBeCut: true },
]

/** Dead letters, one a line. */
export function letterTable(letters: readonly DeadLetter[], utc = false): string[] {
  const rows = letters.map((letter) =>
    [
      letterName(letter),
      shownMoment(letter.sinceEpochMs, utc, 'short'),
      letter.kind,
      letter.event?.type ?? '-',
      letter.event?.resource.id ?? '-',
      letter.reason,
    ].map(lineForTerminal),
  )
  return fittedTable(columns, rows, terminal().stdout.columns)
}

/** Names it in commands: its event's reference, or how its message id begins. */
export function letterName({ event, id }: DeadLetter): string {
  return event?.reference ?? id.slice(0, 8)
}

/** `1 dead letter`, `20 dead letters` */
export function letterCount(count: number): string {
  return counted(count, 'dead letter')
}

interface Shown {
  letter: DeadLetter
  /** Undefined when the body cannot be unpacked. */
  text: string | undefined
  /** What the table has of the letter's event. */
  event: EventRow | undefined
  /** Further letters of the same event. */
  others: number
  utc: boolean | undefined
}

/** A dead letter for people, with commands to be pasted. */
export function letterLines({ next }: Run, { letter, text, event, others, utc }: Shown): string[] {
  const name = letterName(letter)
  return [
    `${name}  dead letter: ${letter.kind}`,
    '',
    row('Message', letter.id),
    row('Since', `${shownMoment(letter.sinceEpochMs, utc)}${utc ? ' UTC' : ''}`),
    row('Reason', letter.reason),
    '',
    `${letterKinds[letter.kind].means} ${letterKinds[letter.kind].sentBack}`,
    ...(others > 0 ? [`${others} more of the same event: redrive and drop mean all of them.`] : []),
    '',
    ...eventLines(letter, event, utc),
    ...(text === undefined
      ? ['', 'Payload: its body is not in the encoding that it claims']
      : notificationLines(text)),
    '',
    'What can be done',
    `  Send it back, once the cause is mended:  ${next({ command: 'dlq redrive', positionals: [name] })}`,
    `  Drop it for good, and say why:           ${next({ command: 'dlq drop', options: { reason: 'why' }, positionals: [name] })}`,
  ]
}

function row(name: string, fact: string): string {
  return `${name.padEnd(12)}  ${lineForTerminal(fact)}`
}

function eventLines(letter: DeadLetter, event: EventRow | undefined, utc: boolean | undefined): string[] {
  if (!letter.event) return ['Its body is no notification that can be read: the table has no event of it.']
  if (!event) {
    const { type, accountId, resource } = letter.event
    return [
      row('Type', type),
      row('Account', accountId),
      row('Resource', `${resource.kind} ${resource.id}`),
      'The table has no event of it: no handler was run, or it has expired.',
    ]
  }
  return [...staleLines(letter, event), ...factLines(event, utc), ...handlerLines(event, utc)]
}

/** A letter opens its event only if nothing has happened to the event since. */
function staleLines({ fence }: DeadLetter, event: EventRow): string[] {
  const opens = event.status === 'failed' || (event.status === 'dead-lettered' && (fence ?? 0) >= event.fence)
  if (opens) return []
  return [
    `Its event went on without it, and is ${event.status}: sent back, this letter is a duplicate and nothing is run. It may be ` +
      'dropped; the event then stays as it is.',
    '',
  ]
}

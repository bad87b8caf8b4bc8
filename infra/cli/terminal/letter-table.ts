import type { DeadLetter } from '../../operate/dead-letters/dead-letter.ts'
import { shownMoment } from '../../operate/moments.ts'
import { terminal } from '../../terminal/terminal.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
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
      ...[letterName(letter), shownMoment(letter.sinceEpochMs, utc, 'short'), letter.kind],
      ...[letter.event?.type ?? '-', letter.event?.resource.id ?? '-', letter.reason],
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
  return `${count} dead letter${count === 1 ? '' : 's'}`
}

import { isPutOff } from '../../../shared/event/outcomes.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import type { HandlerRecord } from '../../../shared/ledger/ledger.ts'
import { shownMoment } from '../../operate/moments.ts'
import { lineForTerminal } from '../../terminal/terminal-text.ts'
import type { Column } from './fitted-table.ts'

/** The columns of events in a table, one a line. `usualColumns`: for a table that is told line by line, and so cannot be measured. */
export const eventColumns: readonly (Column & { usualColumns: number })[] = [
  { heading: 'Reference', usualColumns: 17 },
  { heading: 'Received', usualColumns: 14 },
  { heading: 'Outcome', usualColumns: 13 },
  { heading: 'Type', mayBeCut: true, usualColumns: 22 },
  { heading: 'Resource', mayBeCut: true, usualColumns: 36 },
  { heading: 'Handlers', mayBeCut: true, usualColumns: 60 },
]

export function eventCells(event: EventRow, utc = false): string[] {
  const { reference, delivery, type, resource, handlers } = event
  const received = shownMoment(delivery.receivedEpochMs, utc, 'short')
  return [...[reference, received, statusWord(event), type, resource.id, handlersCell(handlers)]].map(
    lineForTerminal,
  )
}

/** The status `failed` says that handlers are to be run again, also where all of them asked for it. */
export function statusWord({ status, handlers }: Pick<EventRow, 'status' | 'handlers'>): string {
  const outcomes = Object.values(handlers).map(({ outcome }) => outcome)
  return status === 'failed' && isPutOff(outcomes) ? 'retry-after' : status
}

/** `mail failed, crm handled`: what did not go well first. */
export function handlersCell(handlers: Record<string, HandlerRecord>): string {
  return Object.entries(handlers)
    .sort(([, a], [, b]) => rank(a) - rank(b))
    .map(([name, record]) => `${name} ${outcomeWords(record)}`)
    .join(', ')
}

/** `handled late`: it was taken although a newer one had been seen. */
export function outcomeWords({ outcome, late, own }: HandlerRecord): string {
  return [outcome, ...(late ? ['late'] : []), ...(own ? ['own'] : [])].join(' ')
}

function rank({ outcome }: HandlerRecord): number {
  if (outcome === 'handled') return 1
  return outcome === 'superseded' || outcome === 'own' ? 2 : 0
}

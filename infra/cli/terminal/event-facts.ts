import { ticksToEpochMs } from '../../../shared/event/ticks.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import type { HandlerRecord } from '../../../shared/ledger/ledger.ts'
import { shownMoment } from '../../operate/moments.ts'
import { lineForTerminal, linesForTerminal } from '../../terminal/terminal-text.ts'
import { againText } from './again-text.ts'
import { outcomeWords, statusWord } from './event-cells.ts'

/** What happened to an event, one fact a line. */
export function factLines(event: EventRow, utc = false): string[] {
  const { reference, eventId, type, accountId, resource, attempts, reason, delivery, dropped, replays } =
    event
  const { requestId, sentTicks, receivedEpochMs, subscriptionId, source, userId } = delivery
  const at = (epochMs: number) => `${shownMoment(epochMs, utc, 'exact')}${utc ? ' UTC' : ''}`
  const facts: [string, string | undefined][] = [
    ['Event', eventId],
    ['Account', accountId],
    ['Resource', `${resource.kind} ${resource.id}`],
    ['Happened', at(ticksToEpochMs(event.ticks))],
    ['Sent', sentTicks && at(ticksToEpochMs(sentTicks))],
    ['Received', at(receivedEpochMs)],
    ['RequestId', requestId || undefined],
    ['Subscription', subscriptionId],
    ['Source', source],
    ['User', userId],
    ['Attempts', String(attempts)],
    ['Reason', reason],
    ['Dropped', dropped && at(dropped.atEpochMs)],
    ...(replays ?? []).map(({ id, atEpochMs, outcome }): [string, string] => [
      'Replayed',
      `${at(atEpochMs)}, ${outcome} (${id})`,
    ]),
  ]
  return [
    `${reference}  ${lineForTerminal(type)}  ${statusWord(event)}`,
    '',
    ...facts.flatMap(([name, fact]) =>
      fact === undefined ? [] : [`${name.padEnd(12)}  ${lineForTerminal(fact)}`],
    ),
  ]
}

/** What each handler came to, and what it failed with. */
export function handlerLines({ handlers }: EventRow, utc = false): string[] {
  const entries = Object.entries(handlers)
  if (entries.length === 0) return ['', 'Handlers: none was run']
  const width = Math.max(...entries.map(([name]) => name.length))
  return [
    ...['', 'Handlers'],
    ...entries.flatMap(([name, record]) => [
      `  ${lineForTerminal(name).padEnd(width)}  ${outcomeText(record, utc)}`,
      ...(record.error === undefined ? [] : linesForTerminal(record.error).map((line) => `      ${line}`)),
    ]),
  ]
}

function outcomeText(record: HandlerRecord, utc: boolean): string {
  const { failures, waits, ms } = record
  const again = againText(record, utc)
  return [
    outcomeWords(record),
    ...(ms === undefined ? [] : [`${ms} ms`]),
    ...(failures > 0 ? [counted(failures, 'failure')] : []),
    ...(waits > 0 ? [counted(waits, 'wait')] : []),
    ...(again === undefined ? [] : [again]),
  ].join(', ')
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

import { isPending, isPutOff } from '../../../shared/event/outcomes.ts'
import { ticksToEpochMs } from '../../../shared/event/ticks.ts'
import type { HandlerRecord } from '../../../shared/ledger/event-record.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import type { StoredEvent } from '../../../shared/ledger/read-event.ts'
import { payloadIn } from '../../operate/events/event-json.ts'
import { whyNoBody } from '../../operate/events/why-no-body.ts'
import { shownMoment } from '../../operate/moments.ts'
import { indentedJson } from '../../terminal/indented-json.ts'
import { jsonForTerminal, lineForTerminal, linesForTerminal } from '../../terminal/terminal-text.ts'
import { counted } from './counted.ts'
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
  const { reference, delivery, resource, handlers } = event
  const mark = event.isRecovered ? ' (recovered)' : event.isImported ? ' (import)' : ''
  const type = `${event.type}${mark}`
  const received = shownMoment(delivery.receivedEpochMs, utc, 'short')
  const cells = [reference, received, statusWord(event), type, resource.id, handlersCell(handlers)]
  return cells.map(lineForTerminal)
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
function outcomeWords({ outcome, late, own }: HandlerRecord): string {
  return [outcome, ...(late ? ['late'] : []), ...(own ? ['own'] : [])].join(' ')
}

function rank({ outcome }: HandlerRecord): number {
  if (outcome === 'handled') return 1
  return outcome === 'superseded' || outcome === 'own' ? 2 : 0
}

const ordinals = [
  'first',
  'second',
  'third',
  'fourth',
  'fifth',
  'sixth',
  'seventh',
  'eighth',
  'ninth',
  'tenth',
]

/** `again at 14:05, third attempt`; undefined of a handler that will not run again. */
export function againText(
  { outcome, failures, waits, notBeforeEpochMs }: HandlerRecord,
  utc = false,
): string | undefined {
  if (!isPending(outcome) || notBeforeEpochMs === undefined) return undefined
  const attempts = failures + waits
  const attempt = ordinals[attempts] ?? `${attempts + 1}th`
  return `again at ${shownMoment(notBeforeEpochMs, utc)}, ${attempt} attempt`
}

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
    '',
    'Handlers',
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

/** A notification's payload for people; its text as it is, where it has none that can be read. */
export function notificationLines(
  text: string | undefined,
  kept: Pick<StoredEvent, 'bodyDays' | 'unreadable'> = {},
): string[] {
  if (text === undefined) return ['', `Payload: ${whyNoBody(kept)}`]
  const payload = payloadIn(text)
  const shown = payload === undefined ? linesForTerminal(text) : formatted(payload)
  return ['', 'Payload', ...shown.map((line) => `  ${line}`)]
}

function formatted(payload: unknown): string[] {
  return jsonForTerminal(indentedJson(payload)).split('\n')
}

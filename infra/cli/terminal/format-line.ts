import {
  type DeliveryOutcome,
  deliveryOutcomes,
  type EventOutcome,
  eventOutcomes,
  isTrouble,
} from '../../../shared/event/outcomes.ts'
import { deliveryOfLine, eventOfLine, fieldsText, type LocalLine } from '../../operate/log-lines.ts'
import { cell, loggedLines, resourceId, text, widths } from '../../terminal/line-cells.ts'
import { type Style, styled } from '../../terminal/terminal.ts'

/** A line for the terminal: time, what, outcome, type, resource id, event id, milliseconds, in columns. */
export function formatLine(line: LocalLine): string {
  const { message } = line
  const time = styled('dim', timeOf(line.at))
  if (typeof message === 'string') return `${time}  ${plain(line, message)}`
  const delivery = deliveryOfLine(line)
  if (delivery) return `${time}  ${outcomeRow('delivery', delivery.delivery, line, delivery.event)}`
  if (typeof message.subscription === 'string')
    return `${time}  ${subscriptionRow(message.subscription, message)}`
  if (message.loop === 'suspected') return `${time}  ${loopRow(message)}`
  if (typeof message.failure === 'string') return `${time}  ${failure(message, message.failure)}`
  if (typeof message.retryAfter === 'string') return `${time}  ${putOff(message, message.retryAfter)}`
  if (typeof message.message === 'string') return `${time}  ${handlerLog(line, message, message.message)}`
  const event = eventOfLine(line)
  if (event) return `${time}  ${outcomeRow('event', event.event, line, event.id)}`
  return `${time}  ${plain(line, fieldsText(message))}`
}

function outcomeRow(
  what: string,
  outcome: DeliveryOutcome | EventOutcome,
  { message, droppedByQueue }: LocalLine,
  event: unknown,
): string {
  const { type, resource, ms, why, attempt } = message as Record<string, unknown>
  const notes = [
    droppedByQueue && 'dropped by the queue: same event',
    why !== undefined && text(why),
    attempt !== undefined && `attempt ${text(attempt)}`,
  ].filter((note) => typeof note === 'string')
  const columns = [
    cell(what, widths.what, 'bold'),
    cell(text(outcome), widths.outcome, droppedByQueue ? 'cyan' : styleOf(outcome)),
    cell(text(type), widths.type),
    cell(resourceId(resource), widths.id),
    cell(text(event), widths.event),
    `${text(ms)} ms`.padStart(widths.ms),
  ]
  return `${columns.join('  ')}${notes.length > 0 ? `  ${styled('yellow', `(${notes.join(', ')})`)}` : ''}`
}

function styleOf(outcome: DeliveryOutcome | EventOutcome): Style {
  // What is accepted goes well, though it is not at its end.
  if (outcome === 'accepted') return 'green'
  const told =
    outcome in deliveryOutcomes
      ? deliveryOutcomes[outcome as DeliveryOutcome]
      : eventOutcomes[outcome as EventOutcome]
  if (isTrouble(told)) return 'red'
  return told.tone === 'good' ? 'green' : 'cyan'
}

function failure({ id, error }: Record<string, unknown>, who: string): string {
  const head = [cell('failure', widths.what, 'bold'), styled('red', text(who)), text(id)]
  return [head.join('  ').trimEnd(), ...loggedLines(error).map(indented)].join('\n')
}

function putOff({ id, seconds, why }: Record<string, unknown>, who: string): string {
  const head = [cell('later', widths.what, 'bold'), text(who), text(id), `again in ${text(seconds)} s`]
  return [head.join('  '), ...loggedLines(why).map(indented)].join('\n')
}

function handlerLog({ level }: LocalLine, fields: Record<string, unknown>, said: string): string {
  const { handler, id, fields: own } = fields
  const [first = '', ...more] = loggedLines(said)
  const head = [cell(level, widths.what, levelStyle(level)), cell(text(handler), widths.outcome), first]
  const rest = own === undefined ? '' : `  ${text(fieldsText(own as Record<string, unknown>))}`
  const row = `${head.join('  ')}${rest}${id === undefined ? '' : styled('dim', `  ${text(id)}`)}`
  return [row, ...more.map(indented)].join('\n')
}

function plain({ source, level }: LocalLine, said: string): string {
  const [first = '', ...more] = loggedLines(said)
  const head = `${cell(source, widths.what)}  ${styled(levelStyle(level), first)}`
  return [head, ...more.map(indented)].join('\n')
}

function levelStyle(level: LocalLine['level']): Style {
  if (level === 'error') return 'red'
  return level === 'warn' ? 'yellow' : 'reset'
}

/** What else is logged may look like a line of this project's: from its second line on it is set in. */
function indented(line: string): string {
  return `    ${line}`
}

function timeOf(at: Date): string {
  const pad = (value: number, digits = 2) => String(value).padStart(digits, '0')
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`
}

type Fields = Record<string, unknown>

/** What the keeper did about a firm's subscription: outcome, account, milliseconds, in the columns of events. */
function subscriptionRow(outcome: string, { account, why, ms }: Fields): string {
  const what = 'subscription'
  const style = outcome === 'failed' ? 'red' : outcome === 'unchanged' ? 'cyan' : 'green'
  const columns = [
    styled('bold', what),
    // The word is longer than its column.
    cell(text(outcome), widths.outcome + widths.what - what.length, style),
    cell('', widths.type),
    cell(text(account), widths.id),
    cell('', widths.event),
    `${text(ms)} ms`.padStart(widths.ms),
  ]
  const shown = (ms === undefined ? columns.slice(0, -2) : columns).join('  ').trimEnd()
  return why === undefined ? shown : `${shown}  ${styled('yellow', `(${text(why)})`)}`
}

/** An event that the circuit breaker has taken out. */
function loopRow({ handler, type, resource, id }: Fields): string {
  const columns = [
    cell('loop', widths.what, 'bold'),
    cell('suspected', widths.outcome, 'yellow'),
    cell(text(type), widths.type),
    cell(resourceId(resource), widths.id),
    cell(text(id), widths.event),
  ]
  const said =
    `${text(handler)} has written to Smokeball too often while it handled this resource's events: ` +
    'the circuit breaker has parked this one in the dead-letter queue'
  return `${columns.join('  ')}  ${styled('yellow', said)}`
}

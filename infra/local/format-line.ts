import { styleText } from 'node:util'
import { deliveryOfLine } from './delivery-of-line.ts'
import { eventOfLine } from './event-of-line.ts'
import { loopRow, subscriptionRow } from './keeping-rows.ts'
import { cell, resourceId, text, widths } from './line-cells.ts'
import { fieldsText, type LocalLine } from './local-line.ts'

type Style = Parameters<typeof styleText>[0]

const good = ['accepted', 'handled']
const quiet = ['superseded', 'own', 'unhandled', 'duplicate', 'waiting', 'busy', 'outdated']

/** A line for the terminal: time, what, outcome, type, resource id, event id, milliseconds, in columns. */
export function formatLine(line: LocalLine): string {
  const { message } = line
  const time = styleText('dim', timeOf(line.at))
  if (typeof message === 'string') return `${time}  ${plain(line, message)}`
  const delivery = deliveryOfLine(line)
  if (delivery) return `${time}  ${outcomeRow('delivery', delivery.delivery, line, delivery.event)}`
  if (typeof message.subscription === 'string')
    return `${time}  ${subscriptionRow(message.subscription, message)}`
  if (message.loop === 'suspected') return `${time}  ${loopRow(message)}`
  if (typeof message.failure === 'string') return `${time}  ${failure(message, message.failure)}`
  if (typeof message.message === 'string') return `${time}  ${handlerLog(line, message, message.message)}`
  const event = eventOfLine(line)
  if (event) return `${time}  ${outcomeRow('event', event.event, line, event.id)}`
  return `${time}  ${plain(line, fieldsText(message))}`
}

function outcomeRow(
  what: string,
  outcome: string,
  { message, droppedByQueue }: LocalLine,
  event: unknown,
): string {
  const { type, resource, ms, why, attempt } = message as Record<string, unknown>
  const notes = [
    droppedByQueue && 'dropped by the queue: same event',
    why !== undefined && String(why),
    attempt !== undefined && `attempt ${attempt}`,
  ].filter((note) => typeof note === 'string')
  const columns = [
    cell(styleText(['bold'], what), widths.what),
    cell(styleText(styleOf(outcome, droppedByQueue), outcome), widths.outcome),
    cell(text(type), widths.type),
    cell(resourceId(resource), widths.id),
    cell(text(event), widths.event),
    `${text(ms)} ms`.padStart(widths.ms),
  ]
  return `${columns.join('  ')}${notes.length > 0 ? `  ${styleText('yellow', `(${notes.join(', ')})`)}` : ''}`
}

function styleOf(outcome: string, isDropped: boolean | undefined): Style {
  if (isDropped || quiet.includes(outcome)) return 'cyan'
  return good.includes(outcome) ? 'green' : 'red'
}

function failure(message: Record<string, unknown>, who: string): string {
  const head = [cell(styleText(['bold'], 'failure'), widths.what), styleText('red', who), text(message.id)]
  return `${head.join('  ').trimEnd()}\n${indent(text(message.error))}`
}

function handlerLog({ level }: LocalLine, fields: Record<string, unknown>, said: string): string {
  const { handler, id, fields: own } = fields
  const head = [
    cell(styleText(levelStyle(level), level), widths.what),
    cell(text(handler), widths.outcome),
    said,
  ]
  const rest = own === undefined ? '' : `  ${fieldsText(own as Record<string, unknown>)}`
  return `${head.join('  ')}${rest}${id === undefined ? '' : styleText('dim', `  ${text(id)}`)}`
}

function plain({ source, level }: LocalLine, said: string): string {
  const [first = '', ...more] = said.split('\n')
  const head = `${cell(source, widths.what)}  ${styleText(levelStyle(level), first)}`
  return more.length > 0 ? `${head}\n${indent(more.join('\n'))}` : head
}

function levelStyle(level: LocalLine['level']): Style {
  if (level === 'error') return 'red'
  return level === 'warn' ? 'yellow' : 'reset'
}

function indent(said: string): string {
  return said.replace(/^/gm, '    ')
}

function timeOf(at: Date): string {
  const pad = (value: number, digits = 2) => String(value).padStart(digits, '0')
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`
}

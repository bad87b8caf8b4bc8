import { inspect } from 'node:util'
import { decodePart } from '../../shared/event/event-identity.ts'
import { type Style, styled } from './terminal.ts'
import { columnsOf, lineForTerminal, textForTerminal } from './terminal-text.ts'

/** The widths of the columns in which deliveries, events and subscriptions are shown. */
export const widths = { what: 8, outcome: 14, type: 22, id: 36, event: 17, ms: 8 }

/** Text in a column of this width. */
export function cell(shown: string, width: number, style?: Style): string {
  return styled(style, shown) + ' '.repeat(Math.max(0, width - columnsOf(shown)))
}

/** One line that is safe to print, of a value that was sent or logged and may hold anything. */
export function text(value: unknown): string {
  return lineForTerminal(textOf(value))
}

/** Logged lines with all their spaces, so that a table keeps its columns. */
export function loggedLines(said: unknown): string[] {
  return textOf(said)
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map(textForTerminal)
}

/** The id of `account|id`, as Smokeball wrote it; a line that was too long holds only its beginning. */
export function resourceId(resource: unknown): string {
  const part = textOf(resource).split('|').at(-1) ?? ''
  return text(decodePart(part))
}

/** An object may have a `toString` that is no function. */
function textOf(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'object' ? inspect(value) : String(value)
}

import { decodePart } from '../../shared/event-identity.ts'
import { textForTerminal, withoutSequences } from '../cli/webhooks/terminal-text.ts'

/** Of the columns in which deliveries, events and subscriptions are shown. */
export const widths = { what: 8, outcome: 14, type: 22, id: 36, event: 17, ms: 8 }

/** Text in a column of this width. */
export function cell(shown: string, width: number): string {
  return shown + ' '.repeat(Math.max(0, width - withoutSequences(shown).length))
}

/** What was sent may hold control characters; they do not reach the terminal. */
export function text(value: unknown): string {
  if (value === undefined) return ''
  return textForTerminal(String(value))
}

/** Of `account|id` the id, as Smokeball wrote it; a line that was too long holds only its beginning. */
export function resourceId(resource: unknown): string {
  const part = text(resource).split('|').at(-1) ?? ''
  try {
    return text(decodePart(part))
  } catch {
    return part
  }
}

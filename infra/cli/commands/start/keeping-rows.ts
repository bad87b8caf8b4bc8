import { cell, resourceId, text, widths } from '../../../operate/log-lines/line-cells.ts'
import { styled } from '../../../terminal/terminal.ts'

type Fields = Record<string, unknown>

/** What the keeper did about a firm's subscription: outcome, account, milliseconds, in the columns of events. */
export function subscriptionRow(outcome: string, { account, why, ms }: Fields): string {
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
export function loopRow({ handler, type, resource, id }: Fields): string {
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

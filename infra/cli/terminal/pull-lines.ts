import { stringifyLossless } from '../../../shared/event/lossless-json.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import { looksTagged } from '../../../shared/signing/request-id.ts'
import type { LoggedLine } from '../../local/debug/local-job.ts'
import { jsonForTerminal, lineForTerminal, linesForTerminal } from '../../terminal/terminal-text.ts'

/** What a handler logged, as it is shown. */
export function loggedLines({ level, handler, message, fields }: LoggedLine): string[] {
  const [first = '', ...more] = linesForTerminal(message)
  const shown = fields === undefined ? '' : jsonForTerminal(stringifyLossless(fields))
  const words = [level.padEnd(5), handler && lineForTerminal(handler), first, shown].filter(Boolean)
  return [`  ${words.join('  ')}`, ...more.map((line) => `         ${line}`)]
}

/** In which the run here differs from the one that was deployed. */
export function differences(event: EventRow, deployment: string, own: boolean): string[] {
  const outcomes = Object.entries(event.handlers)
  const superseded = outcomes.filter(([, { outcome }]) => outcome === 'superseded').map(([name]) => name)
  const wasOwn = outcomes.some(([, { outcome }]) => outcome === 'own')
  const mayBeOwn = wasOwn || looksTagged(event.delivery.requestId)
  return [
    ...(superseded.length > 0
      ? [
          `In ${deployment}, a newer event superseded it for ${superseded.join(', ')}; here it is the only one.`,
        ]
      : []),
    ...(mayBeOwn && !own
      ? [
          `It ${wasOwn ? 'came' : 'may have come'} of an API write of yours, which this run has no key to tell: it is handled ` +
            "as anybody else's. As your own: --own",
        ]
      : []),
  ]
}

/** What each handler came to where it was deployed. */
export function deployedLine({ status, handlers }: EventRow, deployment: string): string {
  const outcomes = Object.entries(handlers).map(
    ([name, { outcome }]) => `${lineForTerminal(name)} ${outcome}`,
  )
  return `In ${deployment}: ${[status, ...outcomes].join(', ')}.`
}

/** What to do with a debugger that is waited for at `url`. */
export function debuggerLines(url: string, file: string): string[] {
  const { port } = new URL(url)
  return [
    `Waiting for a debugger: ${url}`,
    `  VS Code: attach with { "type": "node", "request": "attach", "address": "127.0.0.1", "port": ${port} } in launch.json`,
    `  Chrome: open chrome://inspect, and add 127.0.0.1:${port} under Configure`,
    `Set breakpoints in ${file}. It goes on as soon as the debugger is attached, and no time limit ends the handlers.`,
  ]
}

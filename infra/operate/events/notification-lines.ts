import { parseAsWritten, stringifyLossless } from '../../../shared/event/lossless-json.ts'
import { indentedJson } from '../../terminal/indented-json.ts'
import { jsonForTerminal, linesForTerminal } from '../../terminal/terminal-text.ts'

/**
 * To be written as JSON again, with numbers as they stand there. Undefined if it cannot be read, or written, such as one that
 * is nested thousands deep.
 */
export function parsedNotification(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    const notification = parseAsWritten(text)
    stringifyLossless(notification)
    return notification
  } catch {
    return undefined
  }
}

/** A notification's payload for people; its text as it is, where it has none that can be read. */
export function notificationLines(text: string | undefined): string[] {
  if (text === undefined) return ['', 'Payload: a part of it has expired']
  const payload = payloadIn(text)
  const shown = payload === undefined ? linesForTerminal(text) : formatted(payload)
  return ['', 'Payload', ...shown.map((line) => `  ${line}`)]
}

/** Does what `parsedNotification` does, for the payload alone. */
export function payloadIn(text: string): unknown {
  return (parsedNotification(text) as { payload?: unknown } | null | undefined)?.payload
}

function formatted(payload: unknown): string[] {
  return jsonForTerminal(indentedJson(payload)).split('\n')
}

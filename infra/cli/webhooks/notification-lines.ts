import { type JsonValue, parseLossless, stringifyLossless } from '../../../shared/lossless-json.ts'
import { indentedJson } from '../../indented-json.ts'
import { jsonForTerminal, linesForTerminal } from './terminal-text.ts'

/** Undefined if it cannot be read, or not be written as JSON again, such as one that is nested thousands deep. */
export function parsedNotification(text: string | undefined): JsonValue | undefined {
  if (text === undefined) return undefined
  try {
    const notification = parseLossless(text)
    stringifyLossless(notification)
    return notification
  } catch {
    return undefined
  }
}

/** A notification's payload for people; its text as it is, where it has none that can be read. */
export function notificationLines(text: string | undefined): string[] {
  if (text === undefined) return ['', 'Payload: a part of it has expired']
  const payload = (parsedNotification(text) as { payload?: JsonValue } | null | undefined)?.payload
  const shown = payload === undefined ? linesForTerminal(text) : formatted(payload)
  return ['', 'Payload', ...shown.map((line) => `  ${line}`)]
}

function formatted(payload: JsonValue): string[] {
  return jsonForTerminal(indentedJson(payload)).split('\n')
}

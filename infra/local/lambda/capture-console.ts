import { format, inspect } from 'node:util'
import type { LoggedCall, LogLevel } from '../../operate/log-lines.ts'

const levels: Record<'debug' | 'info' | 'log' | 'warn' | 'error' | 'trace', LogLevel> = {
  trace: 'debug',
  debug: 'debug',
  info: 'info',
  log: 'info',
  warn: 'warn',
  error: 'error',
}

/**
 * Sends what a function writes to `console` to `send`, in place of printing it. As with Lambda's JSON log format, an
 * object given alone stays an object; anything else becomes text.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 */
export function captureConsole(send: (message: LoggedCall) => void): void {
  for (const [method, level] of Object.entries(levels)) {
    console[method as keyof typeof levels] = (...args: unknown[]) => send(logMessage(level, args))
  }
}

/** Returns what `console[level](...args)` logs. */
export function logMessage(level: LogLevel, args: unknown[]): LoggedCall {
  const [first] = args
  const isObjectAlone =
    args.length === 1 && typeof first === 'object' && first !== null && !(first instanceof Error)
  if (!isObjectAlone) return { type: 'log', level, text: format(...args) }
  try {
    return { type: 'log', level, json: JSON.stringify(first, errorsWithText) }
  } catch {
    return { type: 'log', level, text: inspect(first) }
  }
}

function errorsWithText(_key: string, value: unknown): unknown {
  return value instanceof Error
    ? { ...value, errorType: value.name, errorMessage: value.message, stackTrace: value.stack }
    : value
}

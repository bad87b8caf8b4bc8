export type LogLevel = 'info' | 'warn' | 'error'

/** Writes one structured log line. */
export type Log = (level: LogLevel, line: Record<string, unknown>) => void

/** Each line of ours has it, and no line that a handler writes: metrics count nothing else. */
export const lineMark = 'sb'

/** A line as it is logged. */
export function marked(line: Record<string, unknown>): Record<string, unknown> {
  return { [lineMark]: 1, ...line }
}

/** Lambda's JSON log format puts the object under `message`, beside level, time and request id: no logging library needed. */
export const jsonLog: Log = (level, line) => console[level](marked(line))

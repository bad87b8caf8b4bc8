import { parseLossless } from '../../shared/lossless-json.ts'
import type { FunctionName } from '../bundle.ts'
import type { LogLevel, LogMessage } from './worker-protocol.ts'

/** One line that a function logged, or that the local run tells of itself. */
export interface LocalLine {
  source: FunctionName | 'local'
  level: LogLevel
  at: Date
  /** An object for the structured lines; text for anything else. */
  message: Record<string, unknown> | string
  /** This delivery's event was accepted less than five minutes before: the queue drops the copy. */
  droppedByQueue?: true
}

/** The line that a function's `console` call stands for. */
export function localLine(source: LocalLine['source'], logged: LogMessage, at: Date): LocalLine {
  return { source, level: logged.level, at, message: 'text' in logged ? logged.text : fieldsOf(logged.json) }
}

function fieldsOf(json: string): Record<string, unknown> | string {
  const parsed = parseLossless(json)
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? parsed : json
}

import { inspect } from 'node:util'
import { parseLossless } from '../../../shared/event/lossless-json.ts'
import { lineMark } from '../../../shared/runtime/json-log.ts'
import type { FunctionName } from '../../bundle/bundle.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One call of `console`: an object that was given alone stands as JSON, anything else as the text that Node makes of it. */
export type LoggedCall = { type: 'log'; level: LogLevel } & ({ json: string } | { text: string })

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
export function localLine(source: LocalLine['source'], logged: LoggedCall, at: Date): LocalLine {
  return { source, level: logged.level, at, message: 'text' in logged ? logged.text : messageOf(logged.json) }
}

/** What a handler logs itself is text, whatever its fields are called. */
function messageOf(json: string): Record<string, unknown> | string {
  const parsed = parseLossless(json)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return json
  const { [lineMark]: mark, ...fields } = parsed
  return mark === undefined ? fieldsText(parsed) : fields
}

/** Fields as a terminal shows them. */
export function fieldsText(fields: Record<string, unknown>): string {
  return inspect(fields, { breakLength: Number.POSITIVE_INFINITY, depth: 6, sorted: false }).replace(
    /^\{ (.*) \}$/s,
    '$1',
  )
}

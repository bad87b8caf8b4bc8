import type { EventStatus } from '../../../shared/event/outcomes.ts'
import type { HandlerRecord } from '../../../shared/ledger/event-record.ts'
import type { LogLevel } from '../../operate/log-lines.ts'

/** The job of a run's process. */
export interface LocalJob {
  /** The notification, exactly as it was delivered. */
  text: string
  requestId: string
  /** The bundle of the handlers, which can be imported, and their file. */
  bundleFile: string
  handlersFile: string
  nodeModules: readonly string[]
  secrets: Record<string, string>
  /** It runs these handlers alone. */
  handlers: readonly string[]
  /** Whether the event counts as one of our own API writes. */
  own: boolean
  timeLimitMs: number
  /** The process waits for a debugger at this port first; 0 stands for any free port. */
  inspectPort: number | undefined
}

/** A line that a handler logged, or wrote to the console. */
export interface LoggedLine {
  level: LogLevel
  handler: string | undefined
  message: string
  fields: unknown
}

/** The outcome of the event, and of each handler in the one run. */
export interface LocalRun {
  status: EventStatus
  handlers: Record<string, HandlerRecord>
}

/** A message of the run's process. */
export type LocalMessage =
  | { type: 'debugger'; url: string }
  | { type: 'delivered' }
  | { type: 'logged'; line: LoggedLine }
  | { type: 'over'; run: LocalRun }
  | { type: 'failed'; problem: string }
  | { type: 'stopped' }

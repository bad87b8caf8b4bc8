import type { EventStatus } from '../../../shared/event/outcomes.ts'
import type { HandlerRecord } from '../../../shared/ledger/event-record.ts'
import type { LogLevel } from '../../operate/log-lines.ts'

/** What a run's process is to do. */
export interface LocalJob {
  /** The notification, exactly as it was delivered. */
  text: string
  requestId: string
  /** The handlers, ready to be imported, and their file. */
  bundleFile: string
  handlersFile: string
  nodeModules: readonly string[]
  secrets: Record<string, string>
  /** Runs these alone. */
  handlers: readonly string[]
  /** Runs it as an event of an API write of one's own. */
  own: boolean
  timeLimitMs: number
  /** Waits for a debugger there first; 0: any free port. */
  inspectPort: number | undefined
}

/** What a handler logged, or wrote to the console. */
export interface LoggedLine {
  level: LogLevel
  handler: string | undefined
  message: string
  fields: unknown
}

/** What became of the event, and what each handler came to in the one run. */
export interface LocalRun {
  status: EventStatus
  handlers: Record<string, HandlerRecord>
}

/** What a run's process tells. */
export type LocalMessage =
  | { type: 'debugger'; url: string }
  | { type: 'delivered' }
  | { type: 'logged'; line: LoggedLine }
  | { type: 'over'; run: LocalRun }
  | { type: 'failed'; problem: string }
  | { type: 'stopped' }

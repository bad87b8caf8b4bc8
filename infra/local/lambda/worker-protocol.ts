import type { RunningReport } from '../../../shared/handling/running-handlers.ts'
import type { LoggedCall } from '../../operate/log-lines.ts'

/** What a function's process is told. The event travels as JSON, as it does on Lambda. */
export interface InvokeMessage {
  requestId: string
  functionName: string
  eventJson: string
  deadlineEpochMs: number
}

/** What went wrong in a function. The error object itself stays in its process. */
export interface FailureReport {
  name: string
  message: string
  stack: string
}

/** What a function's process tells. */
export type WorkerMessage =
  | { type: 'ready' }
  | { type: 'init-failed'; failure: FailureReport }
  | { type: 'result'; json: string }
  | { type: 'failed'; failure: FailureReport }
  | { type: 'running'; report: RunningReport }
  | LoggedCall

type Code = 'INIT_FAILED' | 'FUNCTION_ERROR' | 'TIMED_OUT' | 'EXITED'

/** An invocation gave no result. `failure` is what the function threw, if it threw. */
export class InvocationFailed extends Error {
  readonly code: Code
  readonly failure: FailureReport | undefined

  constructor(code: Code, functionName: string, what: FailureReport | string) {
    super(`${functionName}: ${typeof what === 'string' ? what : what.stack || what.message}`)
    this.name = 'InvocationFailed'
    this.code = code
    this.failure = typeof what === 'string' ? undefined : what
  }
}

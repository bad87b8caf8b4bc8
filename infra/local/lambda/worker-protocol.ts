import type { RunningReport } from '../../../shared/handling/running-handlers.ts'
import type { LoggedCall } from '../../operate/log-lines.ts'

/** A message to a function's process. The event travels as JSON, as it does on Lambda. */
export interface InvokeMessage {
  requestId: string
  functionName: string
  eventJson: string
  deadlineEpochMs: number
}

/** An error of a function as text. The error object itself stays in its process. */
export interface FailureReport {
  name: string
  message: string
  stack: string
}

/** A message of a function's process. */
export type WorkerMessage =
  | { type: 'ready' }
  | { type: 'init-failed'; failure: FailureReport }
  | { type: 'result'; json: string }
  | { type: 'failed'; failure: FailureReport }
  | { type: 'running'; report: RunningReport }
  | LoggedCall

type Code = 'INIT_FAILED' | 'FUNCTION_ERROR' | 'TIMED_OUT' | 'EXITED'

/** It is thrown when an invocation gives no result. `failure` is what the function threw, if it threw. */
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

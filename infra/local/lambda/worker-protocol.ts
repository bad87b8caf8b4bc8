/** What a function's process is told. The event travels as JSON, as it does on Lambda. */
export interface InvokeMessage {
  requestId: string
  functionName: string
  eventJson: string
  deadlineEpochMs: number
}

/** What went wrong in a function, without the object itself: it stays in its process. */
export interface FailureReport {
  name: string
  message: string
  stack: string
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One call of `console`: an object that was given alone as JSON, anything else as the text that Node makes of it. */
export type LogMessage = { type: 'log'; level: LogLevel } & ({ json: string } | { text: string })

/** What a function's process tells. */
export type WorkerMessage =
  | { type: 'ready' }
  | { type: 'init-failed'; failure: FailureReport }
  | { type: 'result'; json: string }
  | { type: 'failed'; failure: FailureReport }
  | LogMessage

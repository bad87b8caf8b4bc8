import type { FailureReport } from './worker-protocol.ts'

type Code = 'INIT_FAILED' | 'FUNCTION_ERROR' | 'TIMED_OUT' | 'EXITED'

/** An invocation that gave no result. `failure` is what the function threw, if it threw. */
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

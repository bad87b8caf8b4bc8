import type { EventEmitter } from 'node:events'
import type { RunningHandlers } from '../../shared/handling/running-handlers.ts'
import type { Log } from '../../shared/runtime/json-log.ts'

/** Where failures go that nobody catches. */
export interface Uncaught {
  /** From now on `onFailure` has them, and they end nothing. */
  takeOver(onFailure: (thrown: unknown) => void): void
}

/** So many lines an invocation: a failure in a timer may come back a thousand times. */
const mostLines = 3

/**
 * Takes the place of what the runtime does with unhandled rejections and uncaught exceptions, which is to end the process and
 * the whole batch with it. It does so at the first invocation and not before: a handlers module that cannot be loaded must stay
 * an init error. Each failure is logged with the handlers that ran meanwhile, since it may be any one's of them.
 */
export function strayFailures({
  uncaught,
  log,
  describe,
  running,
}: {
  uncaught: Uncaught
  log: Log
  describe(thrown: unknown): string
  running: RunningHandlers
}): { before(): void } {
  let isTakenOver = false
  let lines = 0
  const tell = (thrown: unknown) => {
    lines++
    if (lines <= mostLines)
      log('error', { failure: 'stray', running: running.names().join(' '), error: describe(thrown) })
  }
  function strayFailuresBefore(): void {
    lines = 0
    if (isTakenOver) return
    isTakenOver = true
    uncaught.takeOver(tell)
  }
  return { before: strayFailuresBefore }
}

/** Those of a Node process. */
export function uncaughtOf(process: Pick<EventEmitter, 'on' | 'removeAllListeners'>): Uncaught {
  return {
    takeOver(onFailure) {
      for (const event of ['uncaughtException', 'unhandledRejection']) {
        process.removeAllListeners(event)
        process.on(event, onFailure)
      }
    },
  }
}

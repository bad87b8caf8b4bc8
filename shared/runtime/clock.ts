/** Time, as the core takes it: injected, so that tests and the simulation decide what time it is. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls back once after `ms`; the returned function cancels it. */
  after(ms: number, callback: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, Math.max(ms, 0))
    return () => clearTimeout(timer)
  },
}

/** A signal that fires after `ms`, since no answer has come; and what cancels it. */
export function answerTimeout(
  clock: Pick<Clock, 'after'>,
  ms: number,
): { signal: AbortSignal; cancel: () => void } {
  const timeout = new AbortController()
  const cancel = clock.after(ms, () => timeout.abort(new DOMException('No answer', 'TimeoutError')))
  return { signal: timeout.signal, cancel }
}

/** Waits; rejects with the signal's reason as soon as that fires. */
export function wait(clock: Pick<Clock, 'after'>, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const stop = () => {
      cancel()
      reject(signal.reason)
    }
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', stop)
      resolve()
    })
    signal.addEventListener('abort', stop, { once: true })
  })
}

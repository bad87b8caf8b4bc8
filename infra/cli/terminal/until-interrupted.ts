import { terminal } from '../../terminal/terminal.ts'
import { UsageError } from '../../terminal/usage-error.ts'

const ending = ['SIGINT', 'SIGTERM', 'unread'] as const

/** Runs it until Ctrl-C, or until nobody reads stdout any more: then its signal fires, and that it ends is no failure. */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interrupted = new AbortController()
  const end = () => interrupted.abort()
  for (const signal of ending) terminal().signals.once(signal, end)
  try {
    await work(interrupted.signal)
  } catch (error) {
    if (!interrupted.signal.aborted) throw error
  } finally {
    for (const signal of ending) terminal().signals.off(signal, end)
  }
}

/** What the work comes to. Throws `UsageError` after Ctrl-C: `stopped` says what was done by then. */
export async function unlessInterrupted<Result extends object>(
  work: (signal: AbortSignal) => Promise<Result>,
  stopped: () => string,
): Promise<Result> {
  let result: Result | undefined
  let interrupted: AbortSignal | undefined
  await untilInterrupted(async (signal) => {
    interrupted = signal
    result = await work(signal)
  })
  // Ctrl-C in the last moment still means that nothing more is to be done.
  if (result && !interrupted?.aborted) return result
  throw new UsageError(stopped())
}

import { UsageError } from '../../terminal/usage-error.ts'
import { untilInterrupted } from './until-interrupted.ts'

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

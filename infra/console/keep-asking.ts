import type { Clock } from '../../shared/clock.ts'
import { pause } from '../../shared/smokeball-api/pause.ts'

const callMs = 20_000
const failuresPerProblem = 30

export interface KeepAsking {
  clock: Pick<Clock, 'after'>
  everyMs: number
  /** Told of the first failure in a row, and then of every thirtieth. */
  onProblem(error: unknown): void
}

/** Does it over and over, with a pause between, until the signal fires. Never rejects. */
export async function keepAsking(
  { clock, everyMs, onProblem }: KeepAsking,
  work: (limit: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let failed = 0
  while (!signal.aborted) {
    try {
      await work(AbortSignal.any([signal, AbortSignal.timeout(callMs)]))
      failed = 0
    } catch (error) {
      if (!signal.aborted && failed % failuresPerProblem === 0) onProblem(error)
      failed += 1
    }
    await pause(clock, everyMs, signal).catch(() => {})
  }
}

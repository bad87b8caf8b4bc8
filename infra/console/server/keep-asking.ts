import { type Clock, wait } from '../../../shared/runtime/clock.ts'

const callMs = 20_000

export interface KeepAsking {
  clock: Pick<Clock, 'after'>
  everyMs: number
  /** Told after each time; undefined when it went well. */
  onDone(failure: { error: unknown } | undefined): void
}

/** Does it over and over, with a pause between, until the signal fires. Never rejects. */
export async function keepAsking(
  { clock, everyMs, onDone }: KeepAsking,
  work: (limit: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const failure = await work(AbortSignal.any([signal, AbortSignal.timeout(callMs)])).then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    if (!signal.aborted) onDone(failure)
    await wait(clock, everyMs, signal).catch(() => {})
  }
}

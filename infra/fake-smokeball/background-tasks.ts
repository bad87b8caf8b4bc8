import type { Clock } from '../../shared/runtime/clock.ts'

/** Tasks that go on after an answer: writes that take effect, deliveries, echoes. */
export interface BackgroundTasks {
  /** Runs a task beside all else. The promise never rejects: `pending` throws what a task threw. */
  run(task: () => Promise<void>): Promise<void>
  /** Resolves after `ms`, or sooner at `stop`: ask `stopped` afterwards. */
  sleep(ms: number): Promise<void>
  /** Returns how many tasks are not over. Throws what the first failed one threw. */
  pending(): number
  readonly stopped: AbortSignal
  stop(): void
}

export function backgroundTasks(clock: Clock): BackgroundTasks {
  const stopping = new AbortController()
  const asleep = new Set<() => void>()
  let running = 0
  let failure: { error: unknown } | undefined

  async function run(task: () => Promise<void>): Promise<void> {
    running += 1
    try {
      await task()
    } catch (error) {
      failure ??= { error }
    } finally {
      running -= 1
    }
  }

  async function sleep(ms: number): Promise<void> {
    if (ms <= 0 || stopping.signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    const cancel = clock.after(ms, resolve)
    asleep.add(resolve)
    await promise
    asleep.delete(resolve)
    cancel()
  }

  function pending(): number {
    if (failure) throw failure.error
    return running
  }

  function stop(): void {
    stopping.abort()
    for (const wake of asleep) wake()
  }

  return { run, sleep, pending, stopped: stopping.signal, stop }
}

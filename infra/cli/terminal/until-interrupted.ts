import { terminal } from '../../terminal/terminal.ts'

/** Runs it until Ctrl-C, or until nobody reads stdout any more: then its signal fires, and that it ends is no failure. */
export async function untilInterrupted(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const interrupted = new AbortController()
  const end = () => interrupted.abort()
  const onBroken = (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    end()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) terminal().signals.once(signal, end)
  terminal().stdout.on('error', onBroken)
  try {
    await work(interrupted.signal)
  } catch (error) {
    if (!interrupted.signal.aborted) throw error
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) terminal().signals.off(signal, end)
  }
}

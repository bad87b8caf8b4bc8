import type { Ledger } from '../ledger/ledger.ts'
import type { CountedWrites } from '../ledger/ledger-item.ts'
import type { RecordedWrite } from '../smokeball-api/recorded-writes.ts'

/** How many writes to Smokeball's API a handler may make for one resource in how many minutes. */
export interface LoopGuard {
  writes: number
  minutes: number
}

/** Beyond what handlers need for one resource, and little enough that a loop is stopped within seconds. */
export const defaultLoopGuard: LoopGuard = { writes: 20, minutes: 10 }

/**
 * Why no further event of this resource is to run in this handler, or undefined: its own writes come back as events that
 * no RequestId marks. Until the window is over; then one event runs, and a loop that goes on is stopped again.
 */
export function suspectedLoop(
  guard: LoopGuard | 'off',
  written: CountedWrites | undefined,
  nowEpochMs: number,
): string | undefined {
  if (guard === 'off' || !written || written.count <= guard.writes) return undefined
  const closesEpochMs = written.sinceEpochMs + guard.minutes * 60_000
  if (nowEpochMs >= closesEpochMs) return undefined
  return (
    `it wrote to Smokeball ${written.count} times within ${guard.minutes} minutes for this resource, and more than ` +
    `${guard.writes} look like its own writes coming back. It runs again for it from ` +
    `${new Date(closesEpochMs).toISOString()}; if so many are meant, give it a higher \`loopGuard\`.`
  )
}

/** Counts the writes of handlers that have a loop guard: in the ledger of the resource that they handle an event of. */
export function countedWrites(
  handlers: readonly { name: string; loopGuard: LoopGuard | 'off' }[],
  ledger: Pick<Ledger, 'countWrite'>,
): (write: RecordedWrite, signal: AbortSignal) => Promise<void> {
  return async ({ handler, resource }, signal) => {
    if (handler === undefined || resource === undefined) return
    const { loopGuard = defaultLoopGuard } = handlers.find(({ name }) => name === handler) ?? {}
    if (loopGuard === 'off') return
    await ledger.countWrite({ resourceKey: resource, handler, windowMs: loopGuard.minutes * 60_000 }, signal)
  }
}

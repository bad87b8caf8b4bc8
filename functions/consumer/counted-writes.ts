import type { Handler } from '../../shared/handling/handler-registry.ts'
import { defaultLoopGuard } from '../../shared/handling/loop-guard.ts'
import type { Ledger } from '../../shared/ledger/ledger.ts'
import type { RecordedWrite } from '../../shared/smokeball-api/recorded-writes.ts'

/** Counts the writes of handlers that have a loop guard: in the ledger of the resource that they handle an event of. */
export function countedWrites(
  handlers: readonly Handler[],
  ledger: Pick<Ledger, 'countWrite'>,
): (write: RecordedWrite, signal: AbortSignal) => Promise<void> {
  return async ({ handler, resource }, signal) => {
    if (handler === undefined || resource === undefined) return
    const { loopGuard = defaultLoopGuard } = handlers.find(({ name }) => name === handler) ?? {}
    if (loopGuard === 'off') return
    await ledger.countWrite({ resourceKey: resource, handler, windowMs: loopGuard.minutes * 60_000 }, signal)
  }
}

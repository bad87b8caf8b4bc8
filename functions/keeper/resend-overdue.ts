import { readDue } from '../../shared/ledger/due-events.ts'
import type { EventTableDeps } from '../../shared/ledger/event-table.ts'
import type { DelayQueue } from '../../shared/queue/later.ts'
import type { Log } from '../../shared/runtime/json-log.ts'

export interface ResendDeps {
  table: EventTableDeps
  later: DelayQueue
  log: Log
  clock: { now(): number }
  /** A new random text for each call. */
  randomId(): string
}

/** The message of an event that is due for so long may be lost, or waits behind very many others. */
const overdueMs = 30 * 60_000
/** One run sends no more than this, and the next run goes on. */
const atMost = 1_000

/**
 * Sends the messages of overdue events once more: a purged queue, a table that was restored, or two weeks of a pause may have
 * lost them. A second message of an event does no harm. Nothing is sent while the queue has a message for each event that is not
 * finished: in a pause, each run would add one more. Its line tells how many events are not finished, and for how long the
 * oldest has waited.
 */
export async function resendOverdue(deps: ResendDeps, signal: AbortSignal): Promise<number> {
  const nowEpochMs = deps.clock.now()
  const { events } = await readDue(deps.table, { limit: atMost }, signal)
  const overdue = events.filter(({ later }) => (later?.dueEpochMs ?? 0) < nowEpochMs - overdueMs)
  const areLost = overdue.length > 0 && (await deps.later.depth(signal)) < events.length
  const sent = areLost ? overdue : []
  for (const { resourceKey, ticks, eventId, later } of sent) {
    const { token = deps.randomId(), dueEpochMs = nowEpochMs } = later ?? {}
    await deps.later.delay({ resourceKey, ticks, eventId, token, dueEpochMs }, signal)
  }
  const oldestEpochMs = Math.min(nowEpochMs, ...events.map(({ delivery }) => delivery.receivedEpochMs))
  const oldestSeconds = Math.round((nowEpochMs - oldestEpochMs) / 1000)
  deps.log('info', {
    unfinished: events.length,
    oldestSeconds,
    ...(sent.length > 0 && { sentAgain: sent.length }),
  })
  return sent.length
}

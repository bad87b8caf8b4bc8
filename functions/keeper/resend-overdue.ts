import { readDue } from '../../shared/due-events.ts'
import type { EventRow, EventTableDeps } from '../../shared/event-row.ts'
import type { LaterQueue } from '../../shared/later.ts'
import { readEvent } from '../../shared/read-event.ts'
import type { Log } from '../../shared/run-handlers.ts'

export interface ResendDeps {
  table: EventTableDeps
  later: Pick<LaterQueue, 'delay'>
  log: Log
  clock: { now(): number }
  /** A new random text for each call. */
  randomId(): string
}

/** What is due for so long has lost its message, or waits for it behind very many others: a second one does no harm. */
const overdueMs = 30 * 60_000
/** One run sends no more than this: the next one goes on. */
const atMost = 1_000

/**
 * Sends the messages of overdue events once more: a purged queue, a table that was restored, or two weeks of a pause may have
 * lost them. Its line tells how many events are not finished, and for how long the oldest has waited.
 */
export async function resendOverdue(deps: ResendDeps, signal: AbortSignal): Promise<number> {
  const nowEpochMs = deps.clock.now()
  const { events } = await readDue(deps.table, { limit: atMost }, signal)
  const isOverdue = ({ later }: Pick<EventRow, 'later'>) => (later?.dueEpochMs ?? 0) < nowEpochMs - overdueMs
  let sent = 0
  for (const { resourceKey, ticks, eventId } of events.filter(isOverdue)) {
    // The index may be behind the table.
    const event = await readEvent(deps.table, { resourceKey, ticks, eventId }, signal)
    if (event?.status !== 'failed' || !isOverdue(event)) continue
    const { token = deps.randomId(), dueEpochMs = nowEpochMs } = event.later ?? {}
    await deps.later.delay({ resourceKey, ticks, eventId, token, dueEpochMs }, signal)
    sent++
  }
  const oldestEpochMs = Math.min(nowEpochMs, ...events.map(({ delivery }) => delivery.receivedEpochMs))
  const oldestSeconds = Math.round((nowEpochMs - oldestEpochMs) / 1000)
  deps.log('info', { unfinished: events.length, oldestSeconds, ...(sent > 0 && { sentAgain: sent }) })
  return sent
}

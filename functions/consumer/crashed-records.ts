import { isPending } from '../../shared/event/outcomes.ts'
import { isSubscribed } from '../../shared/event/type-patterns.ts'
import { earlierRecords, handlersFor, ofReplay, replayFor } from '../../shared/handling/due-handlers.ts'
import type { Handler } from '../../shared/handling/handler-registry.ts'
import type { EarlierRun, HandlerRecord } from '../../shared/ledger/event-record.ts'
import type { Replay } from '../../shared/ledger/replay.ts'

export const crashed = 'crashed: the function died each time it handled this event'

/**
 * Outcomes of an event whose worker died each time. Whoever was to run gave up with it, and is told so: once a replay for
 * others has run, the event's status tells of it no more.
 */
export function crashedRecords(
  handlers: readonly Handler[],
  { envelope: { type }, replay }: { envelope: { type: string }; replay: Replay | undefined },
  { previous }: { previous: EarlierRun | undefined },
): Record<string, HandlerRecord> {
  const of = { previous, replay }
  const due = handlersFor(handlers, { ...of, type })
  const earlier = earlierRecords(of, due)
  const givenUp = handlers.filter((handler) => {
    const record = earlier[handler.name]
    return record ? isPending(record.outcome) && isSubscribed(handler, type) : due.includes(handler)
  })
  const records = givenUp.map((handler): [string, HandlerRecord] => {
    const { name } = handler
    const replay = replayFor(name, due.includes(handler) ? of : { ...of, replay: undefined })
    return [name, { outcome: 'gave-up', failures: 0, waits: 0, ...ofReplay(replay), error: crashed }]
  })
  return { ...earlier, ...Object.fromEntries(records) }
}

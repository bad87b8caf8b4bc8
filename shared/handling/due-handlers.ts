import { isFailure, isPending } from '../event/outcomes.ts'
import { isSubscribed } from '../event/type-patterns.ts'
import type { EarlierRun, HandlerRecord } from '../ledger/event-record.ts'
import { isNewTo, type Replay } from '../ledger/replay.ts'
import type { Handler } from './handler-registry.ts'

interface Of {
  previous: EarlierRun | undefined
  replay: Replay | undefined
}

/**
 * The subscribed handlers; of a replay, those that it is for; of a retry, those that are due by the recorded time, whatever the
 * clock says, and no others.
 */
export function handlersFor(
  handlers: readonly Handler[],
  { type, replay, previous, retryDueEpochMs }: Of & { type: string; retryDueEpochMs?: number | undefined },
): Handler[] {
  const subscribed = handlers.filter((handler) => isSubscribed(handler, type))
  if (retryDueEpochMs !== undefined)
    return subscribed.filter(({ name }) => isDueBy(retryDueEpochMs, previous?.handlers[name]))
  if (replay === undefined || replay.handlers === 'all') return subscribed
  const names = replay.handlers === 'failed' ? openOf(namesOf(subscribed), previous) : replay.handlers
  return subscribed.filter(({ name }) => names.includes(name))
}

function isDueBy(epochMs: number, record: HandlerRecord | undefined): boolean {
  return record !== undefined && isPending(record.outcome) && (record.notBeforeEpochMs ?? 0) <= epochMs
}

export function namesOf(handlers: readonly Pick<Handler, 'name'>[]): string[] {
  return handlers.map(({ name }) => name)
}

/**
 * The subscribed handlers that failed; or, where whoever failed is there no more, those that an event was
 * given up without.
 */
export function openOf(
  subscribed: readonly string[],
  previous: Pick<EarlierRun, 'status' | 'handlers'> | undefined,
): string[] {
  if (!previous) return [...subscribed]
  const failed = subscribed.filter((name) => {
    const record = previous.handlers[name]
    return record && isFailure(record.outcome)
  })
  const isFinished = !['failed', 'dead-lettered', 'dropped'].includes(previous.status)
  if (failed.length > 0 || isFinished) return failed
  return subscribed.filter((name) => !previous.handlers[name])
}

/** The replay that one run of a handler is of. */
export type RunReplay = Omit<Replay, 'handlers'> | undefined

/** The replay of a handler's run that is due: a retry stays in the replay that it is one of, whatever message brings it. */
export function replayFor(handler: string, { previous, replay }: Of): RunReplay {
  if (replay && isNewTo(replay.id, previous)) return replay
  const record = previous?.handlers[handler]
  if (!record) return replay
  return record.replay === undefined ? undefined : { id: record.replay, force: record.forced === true }
}

/** What the record of a run that did not succeed keeps of its replay. */
export function ofReplay(replay: RunReplay): Pick<HandlerRecord, 'replay' | 'forced'> {
  return replay ? { replay: replay.id, ...(replay.force && { forced: true }) } : {}
}

/** A redrive of a dead letter begins anew for the handlers that gave up, and a replay for all that it is for. */
export function earlierRecords(
  { previous, replay }: Of,
  due: readonly Handler[],
): Record<string, HandlerRecord> {
  const entries = Object.entries(previous?.handlers ?? {})
  const isDue = (name: string) => replay === undefined || due.some((handler) => handler.name === name)
  if (replay && isNewTo(replay.id, previous))
    return Object.fromEntries(entries.filter(([name]) => !isDue(name)))
  if (previous?.status !== 'dead-lettered') return Object.fromEntries(entries)
  return Object.fromEntries(entries.filter(([name, { outcome }]) => !isFailure(outcome) || !isDue(name)))
}

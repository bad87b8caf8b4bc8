import type { EventStatus } from '../../shared/event/outcomes.ts'
import { isSubscribed } from '../../shared/event/type-patterns.ts'
import { handlersFor, namesOf, openOf } from '../../shared/handling/due-handlers.ts'
import type { Handler } from '../../shared/handling/handler-registry.ts'
import type { EarlierRun, HandlerRecord } from '../../shared/ledger/event-record.ts'
import type { Claim } from '../../shared/ledger/ledger.ts'
import type { Replay } from '../../shared/ledger/replay.ts'
import { type Verdict, verdictOn } from './verdict.ts'

interface Of {
  envelope: { type: string }
  replay: Replay | undefined
  /** A retry runs whoever is due by then. */
  retryDueEpochMs: number | undefined
  claim: Extract<Claim, { fence: number }>
}

export interface Verdicts {
  /** On this run: for a replay or a retry, on the handlers that it is for. */
  run: Verdict<EventStatus>
  event: Verdict<EventStatus>
  records: Record<string, HandlerRecord>
  /** Names of the handlers that the run is about; none when a replay finds nothing to do. */
  due: readonly string[]
}

/** What the handlers' outcomes make of this run, of the event, and of its record. */
export function verdicts(
  handlers: readonly Handler[],
  { envelope: { type }, replay, retryDueEpochMs, claim: { kind, previous } }: Of,
  records: Record<string, HandlerRecord>,
): Verdicts {
  const hasCrashed = kind === 'crashed'
  const isForSome = replay !== undefined || retryDueEpochMs !== undefined
  if (!isForSome || hasCrashed) {
    const verdict = verdictOn(handlers, type, records, hasCrashed)
    return { run: verdict, event: verdict, records, due: namesOf(handlers) }
  }
  const due = handlersFor(handlers, { type, replay, previous, retryDueEpochMs })
  const kept = { ...givenUpBefore(handlers, type, due, previous), ...withEarlierSuccess(records, previous) }
  const all = verdictOn(handlers, type, kept, false)
  const run = due.length > 0 ? verdictOn(due, type, records, false) : { status: all.status }
  return { run, event: afterReplay(run, all, previous), records: kept, due: namesOf(due) }
}

/** Whom a dead letter is open for, and the replay is not: recorded, since the event's status soon tells of it no more. */
function givenUpBefore(
  handlers: readonly Handler[],
  type: string,
  due: readonly Handler[],
  previous: EarlierRun | undefined,
): Record<string, HandlerRecord> {
  if (previous?.status !== 'dead-lettered' && previous?.status !== 'dropped') return {}
  const subscribed = namesOf(handlers.filter((handler) => isSubscribed(handler, type)))
  const others = openOf(subscribed, previous).filter((name) => !namesOf(due).includes(name))
  const error = 'the event was given up before this handler was run'
  const record: HandlerRecord = { outcome: 'gave-up', failures: 0, waits: 0, error }
  return Object.fromEntries(others.filter((name) => !previous.handlers[name]).map((name) => [name, record]))
}

/** What was handled before stays so when a replay skips it: that is what the table is asked for. */
function withEarlierSuccess(
  records: Record<string, HandlerRecord>,
  previous: EarlierRun | undefined,
): Record<string, HandlerRecord> {
  const isSkipped = ({ outcome }: HandlerRecord) => outcome === 'superseded' || outcome === 'own'
  return Object.fromEntries(
    Object.entries(records).map(([name, record]) => {
      const earlier = previous?.handlers[name]
      return [name, isSkipped(record) && earlier?.outcome === 'handled' ? earlier : record]
    }),
  )
}

/**
 * Others than the replay's may have given up before: then the event stays a dead letter, and is sent there anew, since the
 * letter before it opens the event no more; or it stays dropped.
 */
function afterReplay(
  run: Verdict<EventStatus>,
  all: Verdict,
  previous: EarlierRun | undefined,
): Verdict<EventStatus> {
  if (run.retryAtEpochMs !== undefined) return run
  // Their own message brings it back for those that are pending still.
  if (all.status === 'failed') return { status: 'failed' }
  const isOthers = run.reason === undefined && all.reason !== undefined
  return isOthers && previous?.dropped ? { ...all, status: 'dropped' } : all
}

import { handlersFor } from '../../shared/due-handlers.ts'
import type { Handler } from '../../shared/handler-registry.ts'
import type { Claim, EarlierRun, EventStatus, HandlerRecord } from '../../shared/ledger.ts'
import type { Replay } from '../../shared/replay.ts'
import { type Verdict, verdictOn } from './verdict.ts'

interface Of {
  envelope: { type: string }
  replay: Replay | undefined
  claim: Extract<Claim, { fence: number }>
}

/**
 * What the handlers' outcomes make of this run, of the event, and of its record. Those are the same but for a replay, which
 * is about the handlers that it is for.
 */
export function verdicts(
  handlers: readonly Handler[],
  { envelope: { type }, replay, claim: { kind, previous } }: Of,
  records: Record<string, HandlerRecord>,
): { run: Verdict; event: Verdict<EventStatus>; records: Record<string, HandlerRecord> } {
  const hasCrashed = kind === 'crashed'
  if (!replay || hasCrashed) {
    const verdict = verdictOn(handlers, type, records, hasCrashed)
    return { run: verdict, event: verdict, records }
  }
  const due = handlersFor(handlers, { type, replay, previous })
  const run = verdictOn(due, type, records, false)
  const kept = withEarlierSuccess(records, previous)
  return { run, event: afterReplay(run, verdictOn(handlers, type, kept, false), previous), records: kept }
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
function afterReplay(run: Verdict, all: Verdict, previous: EarlierRun | undefined): Verdict<EventStatus> {
  if (run.retryAtEpochMs !== undefined) return run
  // Their own message brings it back for those that are pending still.
  if (all.status === 'failed') return { status: 'failed' }
  const isOthers = run.reason === undefined && all.reason !== undefined
  return isOthers && previous?.status === 'dropped' ? { ...all, status: 'dropped' } : all
}

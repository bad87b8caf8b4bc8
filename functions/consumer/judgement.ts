import type { LetterKind } from '../../shared/event/letter-kinds.ts'
import {
  type EventStatus,
  type HandlerOutcome,
  isGivenUp,
  isPending,
  isPutOff,
} from '../../shared/event/outcomes.ts'
import type { Handler } from '../../shared/handling/handler-registry.ts'
import { type PlannedRun, type RunPlan, recordOfReplay } from '../../shared/handling/run-plan.ts'
import type { Drop, HandlerRecord, ReplayRun } from '../../shared/ledger/event-record.ts'
import type { Processed } from './processed.ts'

/** What a run came to: what its record and its line tell. */
export interface Judgement {
  event: Verdict<EventStatus>
  handlers: Record<string, HandlerRecord>
  /** How the event's dead letter was dropped. Undefined once the event is a dead letter again. */
  dropped: Drop | undefined
  /** All replays of the event so far, with what each came to. */
  replays: readonly ReplayRun[]
  /** For a replay, what it came to for those that it was for; for all else, what the event did. */
  outcome: Processed['outcome']
  attempt: number
}

interface Verdict<Status extends EventStatus = Exclude<EventStatus, 'dropped'>> {
  status: Status
  /** Why it goes to the dead-letter queue, or is dropped, if so: which kind of letter it is, and for people. */
  kind?: LetterKind
  reason?: string
}

type Records = Record<string, HandlerRecord>

/** What the handlers' outcomes make of a run, of its event, and of the event's record. */
export function judge(plan: RunPlan, records: Records, nowEpochMs: number): Judgement {
  const handlers = withHandledBefore(plan, records)
  const all = verdictOn(plan.subscribed, handlers)
  const run = plan.due.length > 0 ? verdictOn(plan.due, records) : { status: all.status }
  const event = eventAfter(plan, run, all)
  return {
    event,
    handlers,
    dropped: event.status === 'dead-lettered' ? undefined : plan.facts.previous?.dropped,
    replays: replaysAfter(plan, run.status, handlers, nowEpochMs),
    outcome: outcomeOf(plan, run, event, handlers),
    attempt: run.status === 'failed' ? mostFailures(plan, records) : plan.attempt,
  }
}

/** An event is given up, or dropped, whatever its handlers say. */
export function judgeGivenUp(
  plan: RunPlan,
  event: Required<Verdict<'dead-lettered' | 'dropped'>>,
  handlers: Records,
  nowEpochMs: number,
): Judgement {
  return {
    event,
    handlers,
    dropped: event.status === 'dropped' ? { reason: event.reason, atEpochMs: nowEpochMs } : undefined,
    replays: replaysAfter(plan, event.status, handlers, nowEpochMs),
    outcome: event.status,
    attempt: plan.attempt,
  }
}

/**
 * An event whose worker died each time. Whoever was to run gave up with it, and is recorded: once a replay for others has run,
 * the event's status does not tell of it any more.
 */
export function judgeCrashed(plan: RunPlan, nowEpochMs: number): Judgement {
  const gaveUp = ({ handler, replay }: PlannedRun): [string, HandlerRecord] => [
    handler.name,
    { outcome: 'gave-up', failures: 0, waits: 0, ...recordOfReplay(replay), error: crashed },
  ]
  const records = { ...plan.kept, ...Object.fromEntries([...plan.runs, ...plan.waiting].map(gaveUp)) }
  return judgeGivenUp(
    plan,
    { status: 'dead-lettered', kind: 'crashed', reason: crashed },
    records,
    nowEpochMs,
  )
}

export const crashed = 'crashed: the function died each time it handled this event'

/**
 * What the outcomes of these handlers make of the event. It stays `failed` while one of them will run again, and is
 * dead-lettered only when none will and one gave up. Outcomes of handlers that are no more do not count.
 */
function verdictOn(handlers: readonly Handler[], records: Records): Verdict {
  const current = handlers.flatMap(({ name }) => (records[name] ? [{ name, ...records[name] }] : []))
  const pending = current.filter(({ outcome }) => isPending(outcome))
  if (pending.length > 0) return { status: 'failed' }
  const givenUp = current.filter(({ outcome }) => isGivenUp(outcome))
  const [first] = givenUp
  if (first) return { status: 'dead-lettered', kind: kindOf(first), reason: givenUp.map(reasonOf).join('; ') }
  const has = (wanted: HandlerOutcome) => current.some(({ outcome }) => outcome === wanted)
  if (has('handled')) return { status: 'handled' }
  if (has('superseded')) return { status: 'superseded' }
  return { status: has('own') ? 'own' : 'unhandled' }
}

/** Handlers that gave up without an attempt died with their event. */
function kindOf({ outcome, failures, waits }: HandlerRecord): LetterKind {
  if (outcome === 'loop-suspected' || outcome === 'permanent-failure') return outcome
  return failures + waits === 0 ? 'crashed' : 'attempts-spent'
}

function reasonOf({ name, outcome, failures, waits, error }: HandlerRecord & { name: string }): string {
  const what = (error ?? '').split('\n', 1)[0]
  if (outcome === 'loop-suspected') return `loop suspected: ${name}: ${what}`
  if (outcome === 'permanent-failure') return `permanent failure of ${name}: ${what}`
  // Its event was given up before the handler came to an end.
  if (failures + waits === 0) return `${name} was given up: ${what}`
  return `attempts of ${name} spent (${failures} failed, ${waits} put off): ${what}`
}

/** What was handled before stays so when a replay skips it: that is what the table is asked for. */
function withHandledBefore({ handledBefore }: RunPlan, records: Records): Records {
  const isSkipped = ({ outcome }: HandlerRecord) => outcome === 'superseded' || outcome === 'own'
  return Object.fromEntries(
    Object.entries(records).map(([name, record]) => [
      name,
      (isSkipped(record) && handledBefore[name]) || record,
    ]),
  )
}

/**
 * Others than those of the run may be pending still: their own message brings the event back. Or they may have given up before:
 * then the event stays a dead letter, and is sent there anew, since the letter before it opens the event no more; or it stays
 * dropped.
 */
function eventAfter({ facts }: RunPlan, run: Verdict, all: Verdict): Verdict<EventStatus> {
  const areOthers = run.reason === undefined && all.reason !== undefined
  return areOthers && facts.previous?.dropped ? { ...all, status: 'dropped' } : all
}

/** A replay, or a retry of one, tells of those that it was for; all else tells of the event. */
function outcomeOf(
  { facts: { replay }, due, replayId }: RunPlan,
  run: Verdict,
  event: Verdict<EventStatus>,
  handlers: Records,
): Processed['outcome'] {
  // Another replay, or a redrive, was first.
  if (replay && due.length === 0) return 'duplicate'
  const status = replayId === undefined && event.status !== 'dropped' ? event.status : run.status
  return status === 'failed' && isPutOff(due.map(({ name }) => handlers[name]?.outcome))
    ? 'retry-after'
    : status
}

/**
 * A replay in which something failed says so until that ran again; retries have no message of the replay, and are known by
 * their records.
 */
function replaysAfter(
  { facts: { previous, replay }, subscribed }: RunPlan,
  outcome: EventStatus,
  records: Records,
  atEpochMs: number,
): ReplayRun[] {
  const before = previous?.replays ?? []
  if (replay) return [...before.filter(({ id }) => id !== replay.id), { id: replay.id, atEpochMs, outcome }]
  return before.map((earlier) => {
    const own = subscribed.filter(({ name }) => previous?.handlers[name]?.replay === earlier.id)
    if (earlier.outcome !== 'failed' || own.length === 0) return earlier
    return { ...earlier, atEpochMs, outcome: verdictOn(own, records).status }
  })
}

function mostFailures({ due }: RunPlan, records: Records): number {
  return Math.max(0, ...due.map(({ name }) => records[name]?.failures ?? 0))
}

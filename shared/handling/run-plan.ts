import { isFailure, isPending, wasOwn } from '../event/outcomes.ts'
import { isSubscribed } from '../event/type-patterns.ts'
import type { EarlierRun, HandlerRecord } from '../ledger/event-record.ts'
import { isNewTo, type Replay } from '../ledger/replay.ts'
import type { Handler } from './handler-registry.ts'

/** What a plan follows from, once the event is claimed. */
export interface PlanFacts {
  eventId: string
  type: string
  /** The only handler that it is for. */
  importedFor?: string | undefined
  /** What earlier runs came to. */
  previous: Pick<EarlierRun, 'status' | 'handlers' | 'attempts' | 'replays' | 'dropped'> | undefined
  /** The replay that the message asks for. */
  replay: Replay | undefined
  /**
   * Only a retry has it: it is for the handlers that are due by then, and for no others. It is the recorded time, whatever the
   * clock says. Milliseconds since 1970.
   */
  retryDueEpochMs: number | undefined
}

/** The replay that one run of a handler is of. */
export type RunReplay = Omit<Replay, 'handlers'> | undefined

/** One run of a handler. */
export interface PlannedRun {
  handler: Handler
  /** The same for every attempt of the handler at this event, and another one for each replay. */
  idempotencyKey: string
  /** The record that the run goes on from; undefined for the first attempt, which a redrive and a new replay begin again with. */
  earlier: HandlerRecord | undefined
  failures: number
  waits: number
  /** A retry stays in the replay that it is one of, whatever message brings it. */
  replay: RunReplay
}

/** What one run of an event is to do, and what it leaves as it is. All rules of replays are here. */
export interface RunPlan {
  facts: PlanFacts
  /** All handlers that are subscribed to the event, and that it is for: its status follows from what they came to. */
  subscribed: readonly Handler[]
  /** Those that the run is for: none when a replay, or a retry, finds nothing to do. */
  due: readonly Handler[]
  /** The runs of those that are not through with the event. */
  runs: readonly PlannedRun[]
  /** The runs that others wait for, and that this one is not for. */
  waiting: readonly PlannedRun[]
  /** The records that stay unless a run replaces them. */
  kept: Record<string, HandlerRecord>
  /** The records of those that had handled the event: a run that skips one of them takes nothing back. */
  handledBefore: Record<string, HandlerRecord>
  /** How many runs of the event have come to an end, with this one. */
  attempt: number
  /** An API write of ours had caused it when it was handled first: the key that marked its RequestId may be valid no more. */
  isOwnAgain: boolean
  /** The id of the replay that the whole run is of. */
  replayId: string | undefined
  /** The replay that a dead letter of the run is of. */
  letterReplay: RunReplay
}

/** Plans the run of an event that was claimed, from its record as the claim found it. */
export function planRun(handlers: readonly Handler[], facts: PlanFacts): RunPlan {
  const { previous, replay, importedFor } = facts
  const isFor = ({ name }: Handler) => importedFor === undefined || name === importedFor
  const subscribed = handlers.filter((handler) => isSubscribed(handler, facts.type) && isFor(handler))
  const due = dueHandlers(subscribed, facts)
  const kept = keptRecords(subscribed, due, facts)
  const isOpen = ({ name }: Handler) => kept[name] === undefined || isPending(kept[name].outcome)
  const isWaiting = (handler: Handler) =>
    !due.includes(handler) && kept[handler.name] !== undefined && isOpen(handler)
  return {
    facts,
    subscribed,
    due,
    runs: due.filter(isOpen).map((handler) => plannedRun(handler, kept, facts, replay)),
    waiting: subscribed.filter(isWaiting).map((handler) => plannedRun(handler, kept, facts, undefined)),
    kept,
    handledBefore: Object.fromEntries(
      Object.entries(previous?.handlers ?? {}).filter(([, { outcome }]) => outcome === 'handled'),
    ),
    attempt: (previous?.attempts ?? 0) + 1,
    isOwnAgain: replay !== undefined && previous !== undefined && wasOwn(previous),
    replayId: replay?.id ?? replayOfAll(due, facts),
    letterReplay: replay ?? replayOfPending(previous),
  }
}

/** The subscribed handlers; of a retry, those that are due; of a replay, those that it is for. */
function dueHandlers(
  subscribed: readonly Handler[],
  { previous, replay, retryDueEpochMs }: PlanFacts,
): readonly Handler[] {
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

/** A redrive of a dead letter begins anew for the handlers that gave up, and a new replay for all that it is for. */
function keptRecords(
  subscribed: readonly Handler[],
  due: readonly Handler[],
  { previous, replay }: PlanFacts,
): Record<string, HandlerRecord> {
  const records = { ...givenUpBefore(subscribed, due, previous), ...previous?.handlers }
  const entries = Object.entries(records)
  const isDue = (name: string) => replay === undefined || due.some((handler) => handler.name === name)
  if (replay && isNewTo(replay.id, previous))
    return Object.fromEntries(entries.filter(([name]) => !isDue(name)))
  if (previous?.status !== 'dead-lettered') return records
  return Object.fromEntries(entries.filter(([name, { outcome }]) => !isFailure(outcome) || !isDue(name)))
}

/**
 * Those that a dead letter is open for, and the run is not: they are recorded, since the event's status soon does not tell of
 * them any more.
 */
function givenUpBefore(
  subscribed: readonly Handler[],
  due: readonly Handler[],
  previous: PlanFacts['previous'],
): Record<string, HandlerRecord> {
  if (previous?.status !== 'dead-lettered' && previous?.status !== 'dropped') return {}
  const others = openOf(namesOf(subscribed), previous).filter((name) => !namesOf(due).includes(name))
  const error = 'the event was given up before this handler was run'
  return Object.fromEntries(
    others.map((name): [string, HandlerRecord] => [
      name,
      { outcome: 'gave-up', failures: 0, waits: 0, error },
    ]),
  )
}

function plannedRun(
  handler: Handler,
  kept: Record<string, HandlerRecord>,
  facts: PlanFacts,
  asked: Replay | undefined,
): PlannedRun {
  const { name } = handler
  const earlier = kept[name]
  const replay = replayOf(name, facts.previous, asked)
  const key = `${facts.eventId}.${name}`
  return {
    handler,
    idempotencyKey: replay === undefined ? key : `${key}.${replay.id}`,
    earlier,
    failures: earlier?.failures ?? 0,
    waits: earlier?.waits ?? 0,
    replay,
  }
}

function replayOf(name: string, previous: PlanFacts['previous'], asked: Replay | undefined): RunReplay {
  if (asked && isNewTo(asked.id, previous)) return asked
  const record = previous?.handlers[name]
  if (!record) return asked
  return recordedReplay(record)
}

function recordedReplay({ replay, forced }: HandlerRecord): RunReplay {
  return replay === undefined ? undefined : { id: replay, force: forced === true }
}

/** The replay that a retry is of, where all that is due is. */
function replayOfAll(due: readonly Handler[], { previous, retryDueEpochMs }: PlanFacts): string | undefined {
  const replays = new Set(due.map(({ name }) => previous?.handlers[name]?.replay))
  return retryDueEpochMs !== undefined && replays.size === 1 ? [...replays][0] : undefined
}

/** The replay that something of the event is still pending of, whatever message brings it. */
function replayOfPending(previous: PlanFacts['previous']): RunReplay {
  const records = previous?.status === 'failed' ? Object.values(previous.handlers) : []
  const record = records.find(({ outcome, replay }) => isPending(outcome) && replay !== undefined)
  return record && recordedReplay(record)
}

/** What the record of a run that did not succeed keeps of its replay. */
export function recordOfReplay(replay: RunReplay): Pick<HandlerRecord, 'replay' | 'forced'> {
  return replay ? { replay: replay.id, ...(replay.force && { forced: true }) } : {}
}

import { type EventStatus, isPending, isPutOff } from '../../shared/event/outcomes.ts'
import { isSubscribed } from '../../shared/event/type-patterns.ts'
import type { Handler } from '../../shared/handling/handler-registry.ts'
import type { EventRecord, HandlerRecord, Later } from '../../shared/ledger/event-record.ts'
import type { Claim } from '../../shared/ledger/ledger.ts'
import { type Replay, writeReplay } from '../../shared/ledger/replay.ts'
import type { DelayedEvent } from '../../shared/queue/later.ts'
import { attributeNames, type QueueMessage } from '../../shared/queue/message.ts'
import { storedMessage } from '../../shared/queue/replay-message.ts'
import type { TimeLimit } from '../../shared/runtime/time-limit.ts'
import type { Opened } from './open-message.ts'
import { type ProcessDeps, type Processed, processedEvent } from './process-event.ts'
import type { ReceivedMessage } from './sqs-batch.ts'
import { type Verdict, verdictOn } from './verdict.ts'
import { type Verdicts, verdicts } from './verdicts.ts'

/** A claimed event, at the end of its run. */
export interface Work {
  message: ReceivedMessage
  opened: Opened
  claim: Extract<Claim, { fence: number }>
  /** Undefined: nobody could tell. */
  origin: Later['origin']
  /** A retry runs whoever is due by then. Milliseconds since 1970. */
  retryDueEpochMs: number | undefined
  limit: TimeLimit
  /** What an event comes to that no handler is to see; else it follows from their outcomes. */
  verdict?: Verdict<'dropped' | 'dead-lettered'>
}

/**
 * Sends the event on to where it goes next, and records every outcome: to the dead-letter queue if no handler will run
 * again and one gave up, to the delay queue if one will. Either has it before the table says so: a death between the two
 * sends it twice, and loses nothing. Throws when a queue or the store fails.
 */
export async function conclude(
  deps: ProcessDeps,
  work: Work,
  handlers: Record<string, HandlerRecord>,
): Promise<Processed> {
  const { claim, opened } = work
  const { envelope, replay } = opened
  const { run, event, records, due } = work.verdict
    ? { run: work.verdict, event: work.verdict, records: handlers, due: [] }
    : verdicts(deps.handlers, { ...opened, ...work }, handlers)
  const attempts = (claim.previous?.attempts ?? 0) + 1
  const record: EventRecord = {
    resourceKey: envelope.resourceKey,
    ticks: envelope.ticks,
    eventId: envelope.eventId,
    type: envelope.type,
    status: event.status,
    handlers: records,
    attempts,
    fence: claim.fence,
    ...(event.reason !== undefined && { reason: event.reason }),
    ...(isBodyStored(work) &&
      claim.previous?.bodyFence !== undefined && { bodyFence: claim.previous.bodyFence }),
    delivery: deliveryFacts(work),
    // A new letter takes the place of the one that was deleted.
    ...(claim.previous?.dropped && event.status !== 'dead-lettered' && { dropped: claim.previous.dropped }),
    ...(work.verdict?.status === 'dropped' && {
      dropped: { reason: work.verdict.reason ?? '', atEpochMs: deps.clock.now() },
    }),
    ...replaysWith(deps.handlers, work, run.status, records, deps.clock.now()),
    text: opened.text,
  }
  const recorded = await sendOnAndRecord(deps, work, record)
  const told = { event: processedEvent(opened) }
  // Whoever claimed after us decides: the message comes back to see what that was.
  if (recorded === 'outdated') return { outcome: 'outdated', retryAtEpochMs: deps.clock.now(), ...told }
  const ofReplay = replay?.id ?? replayOfAll(work, due)
  return {
    outcome: outcomeOf(work, { run, event, due, records }, ofReplay),
    ...told,
    attempt: run.status === 'failed' ? mostFailures(handlers, due) : attempts,
    ...(ofReplay !== undefined && { replay: ofReplay }),
  }
}

/** The replay that a retry is of, where all that is due is. */
function replayOfAll(
  { opened: { retry }, claim: { previous } }: Work,
  due: readonly string[],
): string | undefined {
  const replays = new Set(due.map((name) => previous?.handlers[name]?.replay))
  return retry && replays.size === 1 ? [...replays][0] : undefined
}

/** A replay tells what it came to for those that it was for; all else, what the event did. */
function outcomeOf(
  { opened: { replay, retry }, verdict }: Work,
  { run, event, due, records }: Verdicts,
  ofReplay: string | undefined,
): Processed['outcome'] {
  if (verdict) return verdict.status
  // Another replay, or a redrive, was first.
  if (run.status === 'dropped' || (replay && due.length === 0)) return 'duplicate'
  const status = retry && ofReplay === undefined && event.status !== 'dropped' ? event.status : run.status
  return status === 'failed' && isPutOff(due.map((name) => records[name]?.outcome)) ? 'retry-after' : status
}

async function sendOnAndRecord(
  deps: ProcessDeps,
  work: Work,
  record: EventRecord,
): Promise<'recorded' | 'outdated'> {
  const { limit } = work
  const finish = (of: EventRecord) => deps.ledger.finish(of, isBodyStored(work), limit.signal)
  try {
    if (record.status === 'dead-lettered') await deadLetter(deps, work, record)
    if (record.status !== 'failed') return await finish(record)
    return await finish({ ...record, later: await delayed(deps, work, record) })
  } catch (error) {
    // The outcomes are recorded all the same: whatever brings the event back sends it on, and runs no handler again.
    if (error instanceof NotSentOn) await finish({ ...record, status: 'failed' })
    throw error
  }
}

/**
 * Whether the outcome alone is to be written. The parts of a large body keep the expiry that they were written with: a message
 * that brings the body has them written anew, or what fails now would outlive them.
 */
function isBodyStored({ claim: { previous }, opened }: Work): boolean {
  if (previous === undefined || previous.isUnread) return false
  return opened.retry !== undefined || previous.bodyFence === undefined
}

/** The queue for what comes next did not take it. */
class NotSentOn extends Error {
  constructor(cause: unknown) {
    super('The event could not be sent on', { cause })
    this.name = 'NotSentOn'
  }
}

async function deadLetter(deps: ProcessDeps, work: Work, record: EventRecord): Promise<void> {
  const { resourceKey: resource, fence, reason = '' } = record
  try {
    await deps.deadLetters.send(letterOf(work, record), { reason, resource, fence }, work.limit.signal)
  } catch (error) {
    throw new NotSentOn(error)
  }
}

/**
 * The event's one delayed message: the recorded one stays, unless it is the message at hand or a handler is due before
 * it; then a new one is sent.
 */
async function delayed(deps: ProcessDeps, work: Work, record: EventRecord): Promise<Later> {
  const { claim, origin, opened, limit } = work
  const recorded = claim.previous?.later
  const dueEpochMs = firstDue(deps.handlers, record)
  const isAtHand = opened.retry !== undefined
  // One that is due already may have come, and gone, before it was recorded.
  const isOnItsWay = recorded !== undefined && recorded.dueEpochMs > deps.clock.now()
  if (isOnItsWay && !isAtHand && recorded.dueEpochMs <= dueEpochMs) return recorded
  const { resourceKey, ticks, eventId } = record
  const event: DelayedEvent = { resourceKey, ticks, eventId, token: deps.randomId(), dueEpochMs }
  try {
    await deps.later.delay(event, limit.signal)
  } catch (error) {
    throw new NotSentOn(error)
  }
  return { token: event.token, dueEpochMs, origin }
}

/** When the first of the handlers is due that will run again: one that is subscribed no more would be due for ever. */
function firstDue(handlers: readonly Handler[], { type, handlers: records }: EventRecord): number {
  const pending = handlers.flatMap((handler) => {
    const record = records[handler.name]
    const isWaiting = record !== undefined && isPending(record.outcome) && isSubscribed(handler, type)
    return isWaiting ? [record.notBeforeEpochMs ?? 0] : []
  })
  return Math.min(...pending)
}

/**
 * A replay in which something failed says so until that ran again; retries have no message of the replay, and are known by
 * their records.
 */
function replaysWith(
  handlers: readonly Handler[],
  { claim: { previous }, opened: { replay, envelope } }: Work,
  outcome: EventStatus,
  records: Record<string, HandlerRecord>,
  atEpochMs: number,
): Pick<EventRecord, 'replays'> {
  const before = previous?.replays ?? []
  if (replay)
    return {
      replays: [...before.filter(({ id }) => id !== replay.id), { id: replay.id, atEpochMs, outcome }],
    }
  if (before.length === 0) return {}
  const replays = before.map((run) => {
    const own = handlers.filter(({ name }) => previous?.handlers[name]?.replay === run.id)
    if (run.outcome !== 'failed' || own.length === 0) return run
    return { ...run, atEpochMs, outcome: verdictOn(own, envelope.type, records, false).status }
  })
  return { replays }
}

/**
 * A letter has the body of its event. That of a replay is for all that gave up, whomever the replay was for: no letter
 * before it opens the event.
 */
function letterOf({ message, opened, claim }: Work, record: EventRecord): QueueMessage {
  const replay = opened.replay ?? replayOfRetry(claim)
  const { text } = record
  const { body, attributes } =
    opened.retry && text !== undefined ? storedMessage({ ...record, text }) : message
  if (!replay) return { body, attributes }
  const forAll = writeReplay({ ...replay, handlers: 'failed' })
  return { body, attributes: { ...attributes, [attributeNames.replay]: forAll } }
}

/** The replay that a run is a retry of, whatever message brings it. */
function replayOfRetry({ previous }: Work['claim']): Omit<Replay, 'handlers'> | undefined {
  const records = previous?.status === 'failed' ? Object.values(previous.handlers) : []
  const record = records.find(({ outcome, replay }) => isPending(outcome) && replay !== undefined)
  return record?.replay === undefined ? undefined : { id: record.replay, force: record.forced === true }
}

function mostFailures(handlers: Record<string, HandlerRecord>, due: readonly string[]): number {
  return Math.max(...due.map((name) => handlers[name]?.failures ?? 0))
}

/** Those of the first delivery stay, so that the event keeps its place in the feed. */
function deliveryFacts({ claim, opened: { envelope, note } }: Work): EventRecord['delivery'] {
  return (
    claim.previous?.delivery ?? {
      requestId: note.requestId,
      sentTicks: note.sentTicks,
      receivedEpochMs: note.receivedEpochMs,
      subscriptionId: envelope.subscriptionId,
      source: envelope.source,
      userId: envelope.userId,
      ...(envelope.resource.kind === 'noop' && { keyFingerprint: note.keyFingerprint }),
    }
  )
}

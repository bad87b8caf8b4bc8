import type { Envelope } from '../../shared/envelope.ts'
import type { Claim, EarlierRun, EventRecord, EventStatus, HandlerRecord } from '../../shared/ledger.ts'
import { attributeNames, type DeliveryNote, type QueueMessage } from '../../shared/message.ts'
import { writeReplay } from '../../shared/replay.ts'
import type { TimeLimit } from '../../shared/time-limit.ts'
import type { Opened } from './open-message.ts'
import type { ProcessDeps, Processed } from './process-event.ts'
import type { ReceivedMessage } from './sqs-batch.ts'
import { verdicts } from './verdicts.ts'

/** A claimed event, at the end of its run. */
export interface Work {
  message: ReceivedMessage
  opened: Opened
  claim: Extract<Claim, { fence: number }>
  limit: TimeLimit
}

/**
 * Gives the event up if no handler will run again and one gave up, and records every outcome. Throws when the dead-letter queue
 * or the store fails.
 */
export async function conclude(
  deps: ProcessDeps,
  work: Work,
  handlers: Record<string, HandlerRecord>,
): Promise<Processed> {
  const { claim, limit } = work
  const { text, envelope, note, replay } = work.opened
  const { run, event, records, due } = verdicts(deps.handlers, { ...work, ...work.opened }, handlers)
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
    delivery: deliveryFacts(envelope, note, claim.previous),
    // A new letter takes the place of the one that was deleted.
    ...(claim.previous?.dropped && event.status !== 'dead-lettered' && { dropped: claim.previous.dropped }),
    ...replaysWith(work, run.status, deps.clock.now()),
    text,
  }
  if (event.status === 'dead-lettered') await deadLetter(deps, work, record)
  const recorded = await deps.ledger.finish(record, limit.signal)
  // Whoever claimed after us decides: the message comes back to see what that was.
  if (recorded === 'outdated')
    return { outcome: 'outdated', retryAtEpochMs: deps.clock.now(), envelope, note }
  const isDone = due.length === 0 && replay !== undefined
  return {
    // Another replay, or a redrive, was first.
    outcome: isDone || run.status === 'dropped' ? 'duplicate' : run.status,
    ...{ envelope, note },
    attempt: run.status === 'failed' ? mostFailures(handlers, due) : attempts,
    ...(replay && { replay: replay.id }),
    ...(run.retryAtEpochMs !== undefined && { retryAtEpochMs: run.retryAtEpochMs }),
  }
}

function replaysWith(
  { claim, opened: { replay } }: Work,
  outcome: EventStatus,
  atEpochMs: number,
): Pick<EventRecord, 'replays'> {
  const before = claim.previous?.replays
  if (!replay) return before ? { replays: before } : {}
  const others = before?.filter(({ id }) => id !== replay.id) ?? []
  return { replays: [...others, { id: replay.id, atEpochMs, outcome }] }
}

/**
 * The dead-letter queue has it before the table says so: a crash between the two sends it twice, and loses nothing. When
 * the queue does not take it, the outcomes are recorded all the same: the retry sends it, and runs no handler again.
 */
async function deadLetter(deps: ProcessDeps, work: Work, record: EventRecord): Promise<void> {
  const { resourceKey: resource, fence, reason = '' } = record
  try {
    await deps.deadLetters.send(letterOf(work), { reason, resource, fence }, work.limit.signal)
  } catch (error) {
    await deps.ledger.finish({ ...record, status: 'failed' }, work.limit.signal)
    throw error
  }
}

/** The letter of a replay is for all that gave up, whomever the replay was for: no letter before it opens the event. */
function letterOf({ message, opened: { replay } }: Work): QueueMessage {
  if (!replay) return message
  const forAll = writeReplay({ ...replay, handlers: 'failed' })
  return { ...message, attributes: { ...message.attributes, [attributeNames.replay]: forAll } }
}

function mostFailures(handlers: Record<string, HandlerRecord>, due: readonly string[]): number {
  return Math.max(...due.map((name) => handlers[name]?.failures ?? 0))
}

/** Those of the first delivery stay, so that the event keeps its place in the feed. */
function deliveryFacts(envelope: Envelope, note: DeliveryNote, previous: EarlierRun | undefined) {
  return (
    previous?.delivery ?? {
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

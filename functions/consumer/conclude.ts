import { isPending } from '../../shared/event/outcomes.ts'
import type { RunPlan } from '../../shared/handling/run-plan.ts'
import type { EventRecord, Later } from '../../shared/ledger/event-record.ts'
import type { HeldClaim, Ledger } from '../../shared/ledger/ledger.ts'
import { writeReplay } from '../../shared/ledger/replay.ts'
import type { DeadLetters } from '../../shared/queue/dead-letters.ts'
import type { DelayedEvent, LaterQueue } from '../../shared/queue/later.ts'
import { attributeNames, type QueueMessage } from '../../shared/queue/message.ts'
import { storedMessage } from '../../shared/queue/replay-message.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { TimeLimit } from '../../shared/runtime/time-limit.ts'
import type { Judgement } from './judgement.ts'
import type { Opened } from './open-message.ts'
import { type Processed, processedEvent } from './processed.ts'
import type { ReceivedMessage } from './sqs-batch.ts'

export interface ConcludeDeps {
  ledger: Pick<Ledger, 'claim' | 'finish'>
  deadLetters: DeadLetters
  later: LaterQueue
  clock: Clock
  /**
   * Has the stored body that a message refers to expire sooner, once its event has what it needs of it. Throws when the store fails.
   * @default it stays as long as an event that is not finished
   */
  expireBody?(message: QueueMessage, signal: AbortSignal): Promise<void>
  /** A new random text for each call: up to 64 letters, digits, `-` and `_`. */
  randomId(): string
}

/** A claimed event, at the end of its run. */
export interface Work {
  message: ReceivedMessage
  opened: Opened
  claim: HeldClaim
  plan: RunPlan
  /** Undefined: nobody could tell. */
  origin: Later['origin']
  limit: TimeLimit
}

/**
 * Sends the event on to where it goes next, and records every outcome: to the dead-letter queue if no handler will run
 * again and one gave up, to the delay queue if one will. Either has it before the table says so: a death between the two
 * sends it twice, and loses nothing. Throws when a queue or the store fails.
 */
export async function conclude(deps: ConcludeDeps, work: Work, judgement: Judgement): Promise<Processed> {
  const recorded = await sendOnAndRecord(deps, work, recordOf(work, judgement))
  const event = processedEvent(work.opened)
  // Whoever claimed after us decides: the message comes back to see what that was.
  if (recorded === 'outdated') return { outcome: 'outdated', retryAtEpochMs: deps.clock.now(), event }
  // A dead letter refers to the same stored body.
  if (judgement.event.status !== 'dead-lettered') await deps.expireBody?.(work.message, work.limit.signal)
  const { outcome, attempt } = judgement
  const { replayId } = work.plan
  const isRecovered = work.opened.envelope.recovered && work.claim.previous === undefined
  return {
    outcome,
    event,
    attempt,
    ...(isRecovered && { recovered: true }),
    ...(replayId !== undefined && { replay: replayId }),
  }
}

function recordOf(work: Work, { event, handlers, dropped, replays }: Judgement): EventRecord {
  const { claim, plan, opened } = work
  const { envelope } = opened
  const { bodyFence, bodyParts } = claim.previous ?? {}
  return {
    resourceKey: envelope.resourceKey,
    ticks: envelope.ticks,
    eventId: envelope.eventId,
    type: envelope.type,
    status: event.status,
    handlers,
    attempts: plan.attempt,
    fence: claim.fence,
    ...(event.kind !== undefined && { kind: event.kind }),
    ...(event.reason !== undefined && { reason: event.reason }),
    ...(bodyFence !== undefined && { bodyFence }),
    ...(bodyParts !== undefined && { bodyParts }),
    delivery: deliveryFacts(work),
    ...(dropped && { dropped }),
    ...(replays.length > 0 && { replays }),
    text: opened.text,
  }
}

async function sendOnAndRecord(
  deps: ConcludeDeps,
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
    if (!(error instanceof NotSentOn)) throw error
    await finish({ ...record, status: 'failed' }).catch((other: unknown) => {
      throw new AggregateError([error, other], 'The event could neither be sent on nor recorded')
    })
    throw error
  }
}

/**
 * Whether the outcome alone is to be written. The parts of a large body keep the expiry that they were written with: a message
 * that brings the body has them written anew, or what fails now would outlive them.
 */
function isBodyStored({ claim: { previous }, opened }: Work): boolean {
  if (previous === undefined || previous.isUnread) return false
  return opened.text === undefined || opened.retry !== undefined || previous.bodyFence === undefined
}

/** The queue for what comes next did not take it. */
class NotSentOn extends Error {
  readonly code = 'NOT_SENT_ON'

  constructor(cause: unknown) {
    super('The event could not be sent on', { cause })
    this.name = 'NotSentOn'
  }
}

async function deadLetter(deps: ConcludeDeps, work: Work, record: EventRecord): Promise<void> {
  const { resourceKey: resource, fence, kind = 'other', reason = '' } = record
  try {
    await deps.deadLetters.send(letterOf(work, record), { kind, reason, resource, fence }, work.limit.signal)
  } catch (error) {
    throw new NotSentOn(error)
  }
}

/**
 * The event's one delayed message: the recorded one stays, unless it is the message at hand or a handler is due before
 * it; then a new one is sent.
 */
async function delayed(deps: ConcludeDeps, work: Work, record: EventRecord): Promise<Later> {
  const { claim, origin, opened, limit } = work
  const recorded = claim.previous?.later
  const dueEpochMs = firstDue(work.plan, record)
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
function firstDue({ subscribed }: RunPlan, { handlers }: EventRecord): number {
  const pending = subscribed.flatMap(({ name }) => {
    const record = handlers[name]
    return record && isPending(record.outcome) ? [record.notBeforeEpochMs ?? 0] : []
  })
  return Math.min(...pending)
}

/**
 * A dead letter carries the event's body. The letter of a replay opens the event for every handler that gave up, since no
 * earlier letter opens it any more.
 */
function letterOf({ message, opened, plan }: Work, record: EventRecord): QueueMessage {
  const { text } = record
  const { body, attributes } =
    opened.retry && text !== undefined ? storedMessage({ ...record, text }) : message
  if (!plan.letterReplay) return { body, attributes }
  const forAll = writeReplay({ ...plan.letterReplay, handlers: 'failed' })
  return { body, attributes: { ...attributes, [attributeNames.replay]: forAll } }
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

import type { DeadLetters } from '../../shared/dead-letters.ts'
import { type Envelope, readLosslessEnvelope } from '../../shared/envelope.ts'
import type { Handler } from '../../shared/handler-registry.ts'
import type {
  Claim,
  EarlierRun,
  EventRecord,
  EventStatus,
  HandlerRecord,
  Ledger,
} from '../../shared/ledger.ts'
import type { JsonValue } from '../../shared/lossless-json.ts'
import {
  attributeNames,
  type DeliveryNote,
  deadLetterFence,
  type QueueMessage,
  unpackMessage,
} from '../../shared/message.ts'
import { type Replay, readReplay, writeReplay } from '../../shared/replay.ts'
import { type RunDeps, runHandlers } from '../../shared/run-handlers.ts'
import { type SecretValues, secretLookup } from '../../shared/secret-lookup.ts'
import type { RecordedWrite } from '../../shared/smokeball-api/recorded-writes.ts'
import type { TimeLimit } from '../../shared/time-limit.ts'
import { crashedRecords } from './crashed-records.ts'
import type { ReceivedMessage } from './sqs-batch.ts'
import { verdicts } from './verdicts.ts'

/** Beyond the deadline, so that no clock's deviation lets a second worker in beside a live one. */
const leaseMarginMs = 5_000

export interface ProcessDeps extends Omit<RunDeps, 'secret'> {
  handlers: readonly Handler[]
  ledger: Ledger
  deadLetters: DeadLetters
  /** The handlers' secrets. Throws when one cannot be read. */
  readSecrets(signal: AbortSignal): Promise<SecretValues>
  /** Whether the RequestId is that of an API write of ours. Throws when that cannot be told. */
  isOwn(requestId: string, signal: AbortSignal): Promise<boolean>
  /** The recorded API write with this RequestId, if there is one. Throws when the store fails. */
  readWrite(requestId: string, signal: AbortSignal): Promise<RecordedWrite | undefined>
}

/** What became of a message. With `retryAtEpochMs`, it stays in the queue until then; without, it is done. */
export interface Processed {
  outcome:
    | 'handled'
    | 'superseded'
    | 'own'
    | 'unhandled'
    | 'failed'
    | 'dead-lettered'
    | 'duplicate'
    | 'busy'
    | 'outdated'
  retryAtEpochMs?: number
  /** Of an event that failed: failures of the handler that has failed most. Of others: runs of the event. */
  attempt?: number
  /** Of a replay: its id. The outcome is then that of the handlers that it was for. */
  replay?: string
  envelope?: Envelope<JsonValue>
  note?: DeliveryNote
}

/**
 * One message, from the queue to its end: read it, claim the event, run the handlers that are due, give it up if none
 * will run again, record the outcome. Two writes for nearly every event. Throws only when the store, the dead-letter
 * queue or a secret fails: then the message is to be retried, and nothing is lost.
 */
export async function processEvent(
  deps: ProcessDeps,
  message: ReceivedMessage,
  limit: TimeLimit,
): Promise<Processed> {
  const opened = open(message)
  if ('unreadable' in opened) return giveUpUnread(deps, message, opened.unreadable, limit.signal)
  const { envelope, note } = opened
  // Before the claim: while a secret cannot be read, no lease is taken and no attempt spent.
  const own = await deps.isOwn(note.requestId, limit.signal)
  const secret = secretLookup(await deps.readSecrets(limit.signal))
  const cause = await causeOf(deps, opened, limit.signal)

  const claim = await deps.ledger.claim({
    resourceKey: envelope.resourceKey,
    type: envelope.type,
    origin: own ? 'own' : 'foreign',
    ticks: envelope.ticks,
    eventId: envelope.eventId,
    redrivenFence: deadLetterFence(message),
    replayId: opened.replay?.id,
    leaseUntilEpochMs: limit.deadlineEpochMs + leaseMarginMs,
    signal: limit.signal,
  })
  switch (claim.kind) {
    case 'duplicate':
      return { outcome: 'duplicate', envelope, note }
    case 'busy':
      return { outcome: 'busy', retryAtEpochMs: claim.untilEpochMs, envelope, note }
    case 'crashed': {
      const of = { previous: claim.previous, replay: opened.replay }
      const records = crashedRecords(deps.handlers, envelope.type, of)
      return conclude(deps, { message, opened, claim, limit }, records)
    }
    case 'first':
    case 'retry':
    case 'late': {
      // A worker that stalled in its claim has lost it: whoever has the message now sees the lease to be over.
      if (deps.clock.now() >= limit.giveUpEpochMs)
        throw new Error('The time was over when the claim was made')
      const { fence, seen, writes, previous } = claim
      const { replay } = opened
      const claimed = { envelope, note, own, fence, seen, writes, previous, replay, cause }
      return conclude(
        deps,
        { message, opened, claim, limit },
        await runHandlers({ ...deps, secret }, deps.handlers, claimed, limit),
      )
    }
    default:
      return unreachable(claim)
  }
}

interface Opened {
  text: string
  envelope: Envelope<JsonValue>
  note: DeliveryNote
  replay: Replay | undefined
}

function open(message: ReceivedMessage): Opened | { unreadable: string } {
  try {
    const { text, note } = unpackMessage(message)
    const replay = readReplay(message.attributes[attributeNames.replay])
    return { text, note, replay, envelope: readLosslessEnvelope(text) }
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : 'cannot be read' }
  }
}

/** Only an event that tells of a failed write asks for it. */
async function causeOf(
  deps: ProcessDeps,
  { envelope, note }: Opened,
  signal: AbortSignal,
): Promise<RecordedWrite | undefined> {
  if (envelope.resource.kind !== 'error' || note.requestId === '') return undefined
  return deps.readWrite(note.requestId, signal)
}

interface Work {
  message: ReceivedMessage
  opened: Opened
  claim: Extract<Claim, { fence: number }>
  limit: TimeLimit
}

async function conclude(
  deps: ProcessDeps,
  work: Work,
  handlers: Record<string, HandlerRecord>,
): Promise<Processed> {
  const { claim, limit } = work
  const { text, envelope, note } = work.opened
  const { run, event, records } = verdicts(deps.handlers, { ...work, ...work.opened }, handlers)
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
    ...(claim.previous?.dropped && { dropped: claim.previous.dropped }),
    ...replaysWith(work, run.status, deps.clock.now()),
    text,
  }
  if (event.status === 'dead-lettered') await deadLetter(deps, work, record)
  const recorded = await deps.ledger.finish(record, limit.signal)
  // Whoever claimed after us decides: the message comes back to see what that was.
  if (recorded === 'outdated')
    return { outcome: 'outdated', retryAtEpochMs: deps.clock.now(), envelope, note }
  return {
    outcome: run.status,
    ...{ envelope, note },
    attempt: run.status === 'failed' ? mostFailures(handlers) : attempts,
    ...(work.opened.replay && { replay: work.opened.replay.id }),
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

function mostFailures(handlers: Record<string, HandlerRecord>): number {
  return Math.max(...Object.values(handlers).map(({ failures }) => failures))
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

async function giveUpUnread(
  deps: ProcessDeps,
  message: ReceivedMessage,
  reason: string,
  signal: AbortSignal,
): Promise<Processed> {
  await deps.deadLetters.send(message, { reason, resource: undefined }, signal)
  return { outcome: 'dead-lettered' }
}

function unreachable(claim: never): never {
  throw new Error(`Unknown claim: ${(claim as Claim).kind}`)
}

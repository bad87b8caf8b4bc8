import { type EventKey, readResourceKey } from '../../shared/event/event-identity.ts'
import { wasOwn } from '../../shared/event/outcomes.ts'
import type { Handler } from '../../shared/handling/handler-registry.ts'
import { failHandlers, type RunDeps, runHandlers } from '../../shared/handling/run-handlers.ts'
import type { Claim, Ledger } from '../../shared/ledger/ledger.ts'
import type { DeadLetters } from '../../shared/queue/dead-letters.ts'
import type { LaterQueue } from '../../shared/queue/later.ts'
import { deadLetterFence } from '../../shared/queue/message.ts'
import { type SecretValues, secretLookup } from '../../shared/runtime/secret-lookup.ts'
import type { TimeLimit } from '../../shared/runtime/time-limit.ts'
import type { AccountState } from '../../shared/smokeball-api/connected-accounts.ts'
import type { RecordedWrite } from '../../shared/smokeball-api/recorded-writes.ts'
import { conclude } from './conclude.ts'
import { crashedRecords } from './crashed-records.ts'
import { giveUpUnconnected, whyUnconnected } from './give-up-unconnected.ts'
import { type Opened, openMessage } from './open-message.ts'
import { IsOwnFailed } from './own-request-ids.ts'
import type { ReceivedMessage } from './sqs-batch.ts'

/** Beyond the deadline, so that no clock's deviation lets a second worker in beside a live one. */
const leaseMarginMs = 5_000

export interface ProcessDeps extends Omit<RunDeps, 'secret'> {
  handlers: readonly Handler[]
  ledger: Ledger
  later: LaterQueue
  /** A new random text for each call: up to 64 letters, digits, `-` and `_`. */
  randomId(): string
  deadLetters: DeadLetters
  /** The handlers' secrets. Throws when one cannot be read. */
  readSecrets(signal: AbortSignal): Promise<SecretValues>
  /** Whether the RequestId is that of an API write of ours. Throws when that cannot be told: `IsOwnFailed` for a user's `isOwn`. */
  isOwn(requestId: string, signal: AbortSignal): Promise<boolean>
  /** The recorded API write with this RequestId, if there is one. Throws when the store fails. */
  readWrite(requestId: string, signal: AbortSignal): Promise<RecordedWrite | undefined>
  /** Where events of connected accounts alone are taken: whether one is. Throws when the store fails. */
  accountStateOf?(accountId: string, signal: AbortSignal): Promise<AccountState>
}

/** What became of a message. With `retryAtEpochMs`, it stays in the queue until then; without, it is done. */
export interface Processed {
  outcome:
    | 'handled'
    | 'superseded'
    | 'own'
    | 'unhandled'
    | 'failed'
    | 'retry-after'
    | 'dead-lettered'
    | 'dropped'
    | 'duplicate'
    | 'waiting'
    | 'expired'
    | 'busy'
    | 'outdated'
  retryAtEpochMs?: number
  /** For an event that failed, the failures of the handler that has failed most; for others, the runs of the event. */
  attempt?: number
  /** The id of the replay, if it is one. The outcome is then that of the handlers that it was for. */
  replay?: string
  /** Undefined: the message cannot be read. */
  event?: ProcessedEvent
}

/** Which event a line is about. */
export interface ProcessedEvent {
  /** Undefined: only its record would tell. */
  type: string | undefined
  accountId: string
  resource: { id: string }
  eventId: string
  receivedEpochMs: number
}

/**
 * One message, from the queue to its end: read it, claim the event, run the handlers that are due, give it up if none
 * will run again, record the outcome. Two writes for nearly every event. Throws only when the store, a queue or a secret
 * fails: then the message is to be retried, and nothing is lost.
 */
export async function processEvent(
  deps: ProcessDeps,
  message: ReceivedMessage,
  limit: TimeLimit,
): Promise<Processed> {
  const opened = await openMessage(deps, message, limit.signal)
  if ('unreadable' in opened) return giveUpUnread(deps, message, opened.unreadable, limit.signal)
  if ('expired' in opened) return { outcome: 'expired', event: unopened(opened.expired) }
  const why = await whyUnconnected(deps, opened, limit.signal)
  if (why) return giveUpUnconnected(deps, message, opened, why, limit)
  // Before the claim: while a secret cannot be read, no lease is taken and no attempt spent.
  const origin = await originOf(deps, opened, limit.signal)
  const secret = secretLookup(await deps.readSecrets(limit.signal))
  const cause = await causeOf(deps, opened, limit.signal)

  const claim = await claimEvent(deps, { message, opened, origin }, limit)
  const event = processedEvent(opened)
  const retryDueEpochMs = retryDue(deps, opened)
  const own = origin === 'own' || isOwnReplay(opened, claim)
  const known = {
    message,
    opened,
    limit,
    retryDueEpochMs,
    origin: own ? 'own' : knownOrigin(origin),
  } as const
  switch (claim.kind) {
    case 'duplicate':
    case 'waiting':
      return { outcome: claim.kind, event }
    case 'busy':
      return { outcome: 'busy', retryAtEpochMs: claim.untilEpochMs, event }
    case 'crashed':
      return conclude(deps, { ...known, claim }, crashedRecords(deps.handlers, opened, claim))
    case 'first':
    case 'retry':
    case 'late': {
      // A worker that stalled in its claim has lost it: whoever has the message now sees the lease to be over.
      if (deps.clock.now() >= limit.giveUpEpochMs)
        throw new Error('The time was over when the claim was made')
      const claimed = { ...opened, ...claim, own, cause, retryDueEpochMs }
      const records =
        origin instanceof IsOwnFailed
          ? failHandlers(deps, deps.handlers, claimed, origin.cause)
          : await runHandlers({ ...deps, secret }, deps.handlers, claimed, limit)
      return conclude(deps, { ...known, claim }, records)
    }
    default:
      return unreachable(claim)
  }
}

/** Until when a claim holds its event, in milliseconds since 1970. */
export function leaseUntil({ deadlineEpochMs }: TimeLimit): number {
  return deadlineEpochMs + leaseMarginMs
}

type Origin = 'own' | 'foreign' | IsOwnFailed

/** That of a retry is recorded, unless nobody could tell it so far. */
async function originOf(deps: ProcessDeps, { note, retry }: Opened, signal: AbortSignal): Promise<Origin> {
  if (retry?.event.later?.origin) return retry.event.later.origin
  try {
    return (await deps.isOwn(note.requestId, signal)) ? 'own' : 'foreign'
  } catch (error) {
    if (error instanceof IsOwnFailed) return error
    throw error
  }
}

function knownOrigin(origin: Origin): 'own' | 'foreign' | undefined {
  return origin instanceof IsOwnFailed ? undefined : origin
}

function claimEvent(
  deps: ProcessDeps,
  { message, opened, origin }: { message: ReceivedMessage; opened: Opened; origin: Origin },
  limit: TimeLimit,
): Promise<Claim> {
  const { envelope, replay, retry } = opened
  // A retry whose origin was told only now is entered in the ledger now: its first run could not.
  const { later } = retry?.event ?? {}
  const entersNow = later !== undefined && later.token === retry?.token && later.origin === undefined
  const isKnown = replay !== undefined || (retry !== undefined && !entersNow)
  return deps.ledger.claim({
    resourceKey: envelope.resourceKey,
    type: envelope.type,
    origin: knownOrigin(origin) ?? 'foreign',
    ticks: envelope.ticks,
    eventId: envelope.eventId,
    redrivenFence: deadLetterFence(message),
    replayId: replay?.id,
    laterToken: retry?.token,
    as: origin instanceof IsOwnFailed ? 'apart' : isKnown ? 'known' : 'newest',
    recorded: entersNow ? retry?.event : undefined,
    leaseUntilEpochMs: leaseUntil(limit),
    signal: limit.signal,
  })
}

/** By the recorded time: a clock that is behind would run nothing, and send the event round once more. */
function retryDue(deps: ProcessDeps, { retry }: Opened): number | undefined {
  return retry && (retry.event.later?.dueEpochMs ?? deps.clock.now())
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

/** The key that marked its RequestId may be valid no more: what was our own then is so still. */
function isOwnReplay({ replay }: Opened, claim: Claim): boolean {
  const previous = 'previous' in claim ? claim.previous : undefined
  return replay !== undefined && previous !== undefined && wasOwn(previous)
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

export function processedEvent({ envelope, note }: Opened): ProcessedEvent {
  const { type, accountId, resource, eventId } = envelope
  return { type, accountId, resource, eventId, receivedEpochMs: note.receivedEpochMs }
}

function unopened({ resourceKey, eventId }: EventKey): ProcessedEvent {
  const { accountId, id } = readResourceKey(resourceKey)
  return { type: undefined, accountId, resource: { id }, eventId, receivedEpochMs: 0 }
}

function unreachable(claim: never): never {
  throw new Error(`Unknown claim: ${(claim as Claim).kind}`)
}

import type { ClaimedEvent } from '../../shared/handling/call-handler.ts'
import { failHandlers, type RunDeps, runHandlers } from '../../shared/handling/run-handlers.ts'
import { isReferring } from '../../shared/queue/message.ts'
import { type SecretValues, secretLookup } from '../../shared/runtime/secret-lookup.ts'
import type { TimeLimit } from '../../shared/runtime/time-limit.ts'
import type { RecordedWrite } from '../../shared/smokeball-api/recorded-writes.ts'
import { claimEvent, planClaimed } from './claim-event.ts'
import { conclude, type Work } from './conclude.ts'
import {
  type GiveUpDeps,
  giveUpUnconnected,
  giveUpUnread,
  ofPurgedAccount,
  whyNotHandled,
} from './give-up.ts'
import { judge, judgeCrashed } from './judgement.ts'
import { type OpenDeps, type Opened, openMessage } from './open-message.ts'
import { IsOwnFailed } from './own-request-ids.ts'
import { expired, finished, notHeld, type Processed, purged } from './processed.ts'
import type { ReceivedMessage } from './sqs-batch.ts'

export interface ProcessDeps extends Omit<RunDeps, 'secret'>, GiveUpDeps, Pick<OpenDeps, 'fetchBody'> {
  /** The handlers' secrets. Throws when one cannot be read. */
  readSecrets(signal: AbortSignal): Promise<SecretValues>
  /** Whether the RequestId is that of an API write of ours. Throws when that cannot be told: `IsOwnFailed` for a user's `isOwn`. */
  isOwn(requestId: string, limit: TimeLimit): Promise<boolean>
  /** The recorded API write with this RequestId, if there is one. Throws when the store fails. */
  readWrite(requestId: string, signal: AbortSignal): Promise<RecordedWrite | undefined>
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
  const gone = await ofPurgedAccount(deps, message, limit.signal)
  if (gone) return purged(gone)
  const opened = await openMessage(deps, message, limit.signal)
  if ('unreadable' in opened)
    return giveUpUnread(deps, message, { kind: 'unreadable', reason: opened.unreadable }, limit.signal)
  if ('expired' in opened) return expired(opened.expired)
  if ('finished' in opened) return finished(opened.finished)
  const why = await whyNotHandled(deps, opened, limit.signal)
  if (why === 'purged') return purged(opened.envelope)
  if (why) return giveUpUnconnected(deps, message, opened, why, limit)

  // Before the claim: while a secret cannot be read, no lease is taken and no attempt spent.
  const told = await originOf(deps, opened, limit)
  const secret = secretLookup(await deps.readSecrets(limit.signal))
  const cause = await causeOf(deps, opened, limit.signal)

  const claim = await claimEvent(deps, message, opened, knownOrigin(told), limit)
  if (!('fence' in claim)) {
    if (claim.kind === 'duplicate' || claim.kind === 'seen')
      await expireCopy(deps, message, opened, limit.signal)
    return notHeld(claim, opened)
  }
  const plan = planClaimed(deps, opened, claim)
  const origin = plan.isOwnAgain ? 'own' : knownOrigin(told)
  const work: Work = { message, opened, claim, plan, origin, limit }
  if (claim.kind === 'crashed') return conclude(deps, work, judgeCrashed(plan, deps.clock.now()))

  // A worker that stalled in its claim has lost it: whoever has the message now sees the lease to be over.
  if (deps.clock.now() >= limit.giveUpEpochMs)
    throw new Error(
      'The time was over when the claim was made: raise the time limit of the function if it is often so',
    )
  const claimed = claimedEvent(work, cause)
  const records =
    told instanceof IsOwnFailed
      ? failHandlers(deps, plan, claimed, told.cause)
      : await runHandlers({ ...deps, secret }, plan, claimed, limit)
  return conclude(deps, work, judge(plan, records, deps.clock.now()))
}

/**
 * Has the stored body of a copy expire sooner. What was put aside may be brought in twice: then a dead letter of the one message
 * refers to the body of the other.
 */
async function expireCopy(
  deps: ProcessDeps,
  message: ReceivedMessage,
  { envelope }: Opened,
  signal: AbortSignal,
): Promise<void> {
  if (!deps.expireBody || !isReferring(message.attributes)) return
  const event = await deps.ledger.read(envelope, signal)
  if (event?.status !== 'dead-lettered') await deps.expireBody(message, signal)
}

type Origin = 'own' | 'foreign' | IsOwnFailed

/** That of a retry is recorded, unless nobody could tell it so far. */
async function originOf(deps: ProcessDeps, { note, retry }: Opened, limit: TimeLimit): Promise<Origin> {
  if (retry?.event.later?.origin) return retry.event.later.origin
  try {
    return (await deps.isOwn(note.requestId, limit)) ? 'own' : 'foreign'
  } catch (error) {
    if (error instanceof IsOwnFailed) return error
    throw error
  }
}

function knownOrigin(origin: Origin): 'own' | 'foreign' | undefined {
  return origin instanceof IsOwnFailed ? undefined : origin
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

function claimedEvent(
  { opened: { envelope, note }, claim: { fence, seen, writes }, origin }: Work,
  cause: RecordedWrite | undefined,
): ClaimedEvent {
  return { envelope, note, own: origin === 'own', fence, seen, writes, cause }
}

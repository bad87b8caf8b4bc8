import type { DeadLetters } from '../../shared/dead-letters.ts'
import type { Envelope } from '../../shared/envelope.ts'
import type { Handler } from '../../shared/handler-registry.ts'
import type { Claim, Ledger } from '../../shared/ledger.ts'
import type { JsonValue } from '../../shared/lossless-json.ts'
import { type DeliveryNote, deadLetterFence } from '../../shared/message.ts'
import { wasOwn } from '../../shared/outcomes.ts'
import { type RunDeps, runHandlers } from '../../shared/run-handlers.ts'
import { type SecretValues, secretLookup } from '../../shared/secret-lookup.ts'
import type { RecordedWrite } from '../../shared/smokeball-api/recorded-writes.ts'
import type { TimeLimit } from '../../shared/time-limit.ts'
import { conclude, type Work } from './conclude.ts'
import { crashedRecords } from './crashed-records.ts'
import { type Opened, openMessage } from './open-message.ts'
import type { ReceivedMessage } from './sqs-batch.ts'

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
  const opened = openMessage(message)
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
      const claimed = {
        envelope,
        note,
        own: own || isOwnReplay(opened, claim),
        fence,
        seen,
        writes,
        previous,
        replay,
        cause,
      }
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
function isOwnReplay({ replay }: Opened, { previous }: Work['claim']): boolean {
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

function unreachable(claim: never): never {
  throw new Error(`Unknown claim: ${(claim as Claim).kind}`)
}

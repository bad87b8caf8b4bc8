import type { Envelope } from '../../shared/event/envelope.ts'
import { type Stamp, stampOf } from '../../shared/event/stamps.ts'
import type { Handler } from '../../shared/handling/handler-registry.ts'
import { planRun, type RunPlan } from '../../shared/handling/run-plan.ts'
import type { Claim, ClaimRequest, HeldClaim, Ledger } from '../../shared/ledger/ledger.ts'
import { deadLetterFence } from '../../shared/queue/message.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { TimeLimit } from '../../shared/runtime/time-limit.ts'
import type { Opened } from './open-message.ts'
import type { ReceivedMessage } from './sqs-batch.ts'

export interface ClaimDeps {
  ledger: Pick<Ledger, 'claim'>
}

/** Beyond the deadline, so that no clock's deviation lets a second worker in beside a live one. */
const leaseMarginMs = 5_000

/** Claims the event for its handlers. `origin`: undefined when nobody could tell it. */
export function claimEvent(
  { ledger }: ClaimDeps,
  message: ReceivedMessage,
  opened: Opened,
  origin: 'own' | 'foreign' | undefined,
  limit: TimeLimit,
): Promise<Claim> {
  const { replay, retry } = opened
  // A retry whose origin was told only now is entered in the ledger now: its first run could not.
  const { later } = retry?.event ?? {}
  const entersNow = later !== undefined && later.token === retry?.token && later.origin === undefined
  const isKnown = replay !== undefined || (retry !== undefined && !entersNow)
  const request = claimRequest(message, opened, limit)
  // A redriven one was claimed before: its record decides.
  const isRecovered = opened.envelope.recovered && request.redrivenFence === undefined && !entersNow
  const asNew = isRecovered ? 'recovered' : 'newest'
  return ledger.claim({
    ...request,
    origin: origin ?? 'foreign',
    as: origin === undefined ? 'apart' : isKnown ? 'known' : asNew,
    recorded: entersNow ? retry?.event : undefined,
  })
}

/** Claims an event that no handler is to see: its resource's ledger knows nothing of it afterwards. */
export function claimApart(
  { ledger }: ClaimDeps,
  message: ReceivedMessage,
  opened: Opened,
  limit: TimeLimit,
): Promise<Claim> {
  return ledger.claim({ ...claimRequest(message, opened, limit), origin: 'foreign', as: 'apart' })
}

/** A stamp so far after its event is wrong, or made up: catch-up would take all later changes for seen. */
const latestStampTicks = 5n * 60n * 10_000_000n

function stampOfEvent({ resource: { kind }, payloadText, ticks }: Envelope): Stamp | undefined {
  const stamp = stampOf(kind, payloadText)
  return stamp?.ticks !== undefined && stamp.ticks > ticks + latestStampTicks ? undefined : stamp
}

function claimRequest(
  message: ReceivedMessage,
  { envelope, replay, retry }: Opened,
  limit: TimeLimit,
): Omit<ClaimRequest, 'origin' | 'as' | 'recorded'> {
  return {
    resourceKey: envelope.resourceKey,
    type: envelope.type,
    importedFor: envelope.importedFor,
    ticks: envelope.ticks,
    eventId: envelope.eventId,
    stamp: stampOfEvent(envelope),
    redrivenFence: deadLetterFence(message),
    replayId: replay?.id,
    laterToken: retry?.token,
    leaseUntilEpochMs: leaseUntil(limit),
    signal: limit.signal,
  }
}

/** Until when a claim holds its event, in milliseconds since 1970. */
function leaseUntil({ deadlineEpochMs }: TimeLimit): number {
  return deadlineEpochMs + leaseMarginMs
}

/** What the run of a claimed event is to do. */
export function planClaimed(
  { handlers, clock }: { handlers: readonly Handler[]; clock: Clock },
  { envelope, replay, retry }: Opened,
  { previous }: HeldClaim,
): RunPlan {
  return planRun(handlers, {
    eventId: envelope.eventId,
    type: envelope.type,
    importedFor: envelope.importedFor,
    previous,
    replay,
    // By the recorded time: a clock that is behind would run nothing, and send the event round once more.
    retryDueEpochMs: retry && (retry.event.later?.dueEpochMs ?? clock.now()),
  })
}

import type { Claim } from '../../shared/ledger/ledger.ts'
import { deadLetterFence } from '../../shared/queue/message.ts'
import type { TimeLimit } from '../../shared/runtime/time-limit.ts'
import type { Opened } from './open-message.ts'
import { leaseUntil, type ProcessDeps } from './process-event.ts'
import type { ReceivedMessage } from './sqs-batch.ts'

/** Takes an event that no handler is to see: its resource's ledger knows nothing of it afterwards. */
export function claimApart(
  { ledger }: ProcessDeps,
  message: ReceivedMessage,
  { envelope, replay, retry }: Opened,
  limit: TimeLimit,
): Promise<Claim> {
  return ledger.claim({
    resourceKey: envelope.resourceKey,
    type: envelope.type,
    origin: 'foreign',
    ticks: envelope.ticks,
    eventId: envelope.eventId,
    redrivenFence: deadLetterFence(message),
    replayId: replay?.id,
    laterToken: retry?.token,
    as: 'apart',
    leaseUntilEpochMs: leaseUntil(limit),
    signal: limit.signal,
  })
}

import type { EarlierRun } from './event-record.ts'
import type { ClaimRequest } from './ledger.ts'
import type { LedgerItem } from './ledger-item.ts'
import { isNewTo } from './replay.ts'

/** Claims in a row whose worker may die before the event is given up as `crashed`. */
export const maxTries = 4

/** What to do with an event that is not simply the newest of its action. `tries` goes into the lease. */
export type ClaimDecision =
  | { kind: 'first' | 'retry' | 'late' | 'crashed'; tries: number }
  | { kind: 'duplicate' | 'waiting' }
  | { kind: 'busy'; untilEpochMs: number }

/**
 * Decides from the ledger and then the event item, read in this order: what the ledger's fence says of the lease
 * holds when the lease is taken only if the fence is still the one read.
 */
export function decideClaim(
  request: ClaimRequest & { slot: string },
  ledger: LedgerItem,
  previous: EarlierRun | undefined,
  nowEpochMs: number,
  eventsKeptMs: number,
): ClaimDecision {
  const { lease } = ledger
  const slot = ledger.seen.get(request.slot)
  const slotNamesThis = slot?.eventId === request.eventId
  // Any other copy of a dead letter is one too many: it would run the event anew, and dead-letter it again.
  const isRedriven = previous?.status === 'dead-lettered' && (request.redrivenFence ?? 0) >= previous.fence
  const isReplayed = request.replayId !== undefined && isNewTo(request.replayId, previous)
  const isFinished = previous !== undefined && previous.status !== 'failed' && !isRedriven && !isReplayed
  const recordHasExpired =
    !isReplayed && !previous && slotNamesThis && slot.claimedEpochMs < nowEpochMs - eventsKeptMs
  const leaseNamesThis = lease.eventId === request.eventId
  const leaseIsOver = lease.untilEpochMs <= nowEpochMs
  const holderIsThrough = previous?.fence === ledger.fence
  const leaseIsFree = !leaseNamesThis || leaseIsOver || holderIsThrough
  const isRetry = request.laterToken !== undefined
  const busy = { kind: 'busy', untilEpochMs: lease.untilEpochMs } as const
  // Its sender may be about to record it.
  if (isRetry && !leaseIsFree) return busy

  if (isFinished || recordHasExpired) return { kind: 'duplicate' }
  const waitsForAnother = previous?.later !== undefined && previous.later.token !== request.laterToken
  if (isRetry && (!previous || waitsForAnother)) return { kind: 'duplicate' }
  // Once it is due, a copy does as well: its message may have come, and gone, before it was recorded.
  const isDue = (previous?.later?.dueEpochMs ?? 0) <= nowEpochMs
  if (waitsForAnother && !isReplayed && !isDue) return { kind: 'waiting' }
  if (!leaseIsFree) return busy

  const holderDied = leaseNamesThis && !holderIsThrough
  const tries = holderDied ? lease.tries + 1 : 1
  if (tries > maxTries) return { kind: 'crashed', tries }
  if (previous || slotNamesThis || holderDied) return { kind: 'retry', tries }
  const isTie = slot?.ticks === request.ticks
  return { kind: isTie ? 'first' : 'late', tries }
}

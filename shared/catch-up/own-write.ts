import { epochMsToTicks, ticksToEpochMs } from '../event/ticks.ts'
import type { SeenActions } from '../ledger/ledger-slots.ts'
import type { RecordedWrites } from '../smokeball-api/recorded-writes.ts'
import type { FoundState } from './recovered-notification.ts'

export interface OwnWriteDeps {
  /** The last API write of ours to a resource in that time. @default none is known */
  lastWriteTo?: RecordedWrites['lastWriteTo']
}

/** Smokeball accepts a write, and carries it out some seconds later. What changes after that is anybody's. */
const carriedOutInMs = 15_000
/** A stamp may be in whole seconds, and clocks differ. */
const stampIsOffByMs = 3_000

/**
 * The RequestId of the write of ours that made this state, by which its event is known as our own: the resource was changed when it
 * was carried out, and nothing was seen of it since. Undefined for what tells no time. Somebody's change in the same seconds, of which
 * nothing was delivered either, is taken for our own. Throws what the table throws.
 */
export async function ownWriteOf(
  { lastWriteTo }: OwnWriteDeps,
  { stamp, resourceKey }: FoundState,
  seen: SeenActions,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!lastWriteTo || stamp?.ticks === undefined) return undefined
  const changedEpochMs = ticksToEpochMs(stamp.ticks)
  const between = {
    fromEpochMs: changedEpochMs - carriedOutInMs,
    untilEpochMs: changedEpochMs + stampIsOffByMs,
  }
  const write = await lastWriteTo(resourceKey, between, signal)
  if (!write) return undefined
  const writtenTicks = epochMsToTicks(write.atEpochMs)
  const isTold = [...seen.values()].some(({ ticks }) => ticks >= writtenTicks)
  return isTold ? undefined : write.requestId
}

import type { EventRow } from '../../../shared/ledger/event-row.ts'
import type { Replay } from '../../../shared/ledger/replay.ts'
import { type Clock, wait } from '../../../shared/runtime/clock.ts'
import type { ReplayDeps } from './replay-deps.ts'
import { type SentReplay, sendReplay } from './send-replay.ts'

export interface SendReplaysDeps extends ReplayDeps {
  clock: Clock
  /** Told after each handful of events: what they came to so far. */
  onProgress(counts: ReplayCounts): void
}

export type ReplayCounts = Record<SentReplay, number>

/** Events that are read and sent at once, at most; those of a resource one after the other, in the order given. */
const mostAtOnce = 10

/**
 * Sends many, at most `perSecond` a second. Throws what a call throws, or the signal's reason; what was told by `onProgress`
 * is done then, and the rest is done by calling it again with the same replay.
 */
export async function sendReplays(
  deps: SendReplaysDeps,
  { events, replay, perSecond }: { events: readonly EventRow[]; replay: Replay; perSecond: number },
  signal: AbortSignal,
): Promise<ReplayCounts> {
  const counts: ReplayCounts = { sent: 0, 'already-replayed': 0, expired: 0 }
  const atOnce = Math.min(mostAtOnce, Math.max(1, Math.floor(perSecond)))
  let nextEpochMs = 0
  for (let at = 0; at < events.length; at += atOnce) {
    if (nextEpochMs > deps.clock.now()) await wait(deps.clock, nextEpochMs - deps.clock.now(), signal)
    signal.throwIfAborted()
    nextEpochMs = deps.clock.now() + (atOnce / perSecond) * 1000
    const resources = Map.groupBy(events.slice(at, at + atOnce), ({ resourceKey }) => resourceKey)
    const ended = await Promise.allSettled(
      [...resources.values()].map((some) => sendInOrder(deps, some, replay, counts, signal)),
    )
    deps.onProgress(counts)
    for (const end of ended) if (end.status === 'rejected') throw end.reason
  }
  return counts
}

async function sendInOrder(
  deps: ReplayDeps,
  events: readonly EventRow[],
  replay: Replay,
  counts: ReplayCounts,
  signal: AbortSignal,
): Promise<void> {
  for (const event of events) counts[await sendReplay(deps, event, replay, signal)] += 1
}

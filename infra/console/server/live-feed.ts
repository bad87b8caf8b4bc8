import type { RecordedLines } from './console-parts.ts'
import { type LiveLooks, type LiveLooksDeps, liveLooks } from './live-looks.ts'
import { type LiveMessage, liveMessage } from './live-message.ts'
import { recentDeliveries } from './recent-deliveries.ts'

/** What happens, as it happens, told to all that listen: one look at the table for all of them, and none when nobody does. */
export interface LiveFeed {
  /** Tells first what holds and what came lately. The returned function ends it. */
  subscribe(listener: (message: LiveMessage) => void): () => void
  /** Something is about to become of this event: looks out for it. */
  expect(reference: string): void
  stop(): void
}

export interface LiveFeedDeps extends LiveLooksDeps {
  record: RecordedLines | undefined
}

export function liveFeed(deps: LiveFeedDeps): LiveFeed {
  const listeners = new Set<(message: LiveMessage) => void>()
  let looks: LiveLooks | undefined
  const tell = (message: LiveMessage) => {
    for (const listener of listeners) listener(message)
  }
  const deliveries = recentDeliveries(deps.record, (delivery) => tell(liveMessage('delivery', delivery)))

  function endLooks(): void {
    looks?.end()
    looks = undefined
  }

  return {
    subscribe(listener) {
      for (const delivery of deliveries.all()) listener(liveMessage('delivery', delivery))
      for (const message of looks?.lately() ?? []) listener(message)
      listeners.add(listener)
      looks ??= liveLooks(deps, tell)
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) endLooks()
      }
    },
    expect: (reference) => looks?.expect(reference),
    stop() {
      listeners.clear()
      deliveries.end()
      endLooks()
    },
  }
}

import type { Clock } from '../../shared/clock.ts'
import type { EventTableDeps } from '../../shared/event-row.ts'
import { eventJson } from '../cli/webhooks/event-json.ts'
import { explained } from '../cli/webhooks/explained.ts'
import type { RecordedLines } from './console-parts.ts'
import { deliveryJson } from './delivery-json.ts'
import { type FeedWatch, feedWatch } from './feed-watch.ts'
import { keepAsking } from './keep-asking.ts'

export interface LiveMessage {
  event: 'row' | 'delivery' | 'status' | 'problem'
  /** JSON */
  data: string
}

/** What happens, as it happens, told to all that listen: one look at the table for all of them, and none when nobody does. */
export interface LiveFeed {
  /** The returned function ends it. */
  subscribe(listener: (message: LiveMessage) => void): () => void
  /** Something is about to become of this event: looks out for it. */
  expect(reference: string): void
  stop(): void
}

export interface LiveFeedDeps {
  table: EventTableDeps
  clock: Clock
  status(signal: AbortSignal): Promise<object>
  record: RecordedLines | undefined
  /** Between two looks at the table. */
  askAgainMs: number
}

const statusMs = 2_000
/** Who comes within it hears again what was told: what a page lists first may be older. */
const repeatedMs = 10_000
const repeatedAtMost = 500

export function liveFeed(deps: LiveFeedDeps): LiveFeed {
  const { clock } = deps
  const listeners = new Set<(message: LiveMessage) => void>()
  let told: { atEpochMs: number; message: LiveMessage }[] = []
  let looking: { watch: FeedWatch; end(): void } | undefined

  function tell(event: LiveMessage['event'], data: object): void {
    const message = { event, data: JSON.stringify(data) }
    told = remembered(told, { atEpochMs: clock.now(), message })
    for (const listener of listeners) listener(message)
  }

  function end(): void {
    looking?.end()
    looking = undefined
    told = []
  }

  return {
    subscribe(listener) {
      for (const { message } of told) listener(message)
      listeners.add(listener)
      looking ??= startLooking(deps, tell)
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) end()
      }
    },
    expect: (reference) => looking?.watch.expect(reference),
    stop() {
      listeners.clear()
      end()
    },
  }
}

type Told = { atEpochMs: number; message: LiveMessage }

/** Of the rows the last ones, and of the status the last one. */
function remembered(told: readonly Told[], next: Told): Told[] {
  const { event } = next.message
  const since = next.atEpochMs - repeatedMs
  const kept = told.filter(({ atEpochMs, message }) =>
    message.event === 'row' ? atEpochMs >= since : event !== 'status',
  )
  return event === 'row' || event === 'status' ? [...kept, next].slice(-repeatedAtMost) : kept
}

function startLooking(
  { table, clock, askAgainMs, status, record }: LiveFeedDeps,
  tell: (event: LiveMessage['event'], data: object) => void,
): { watch: FeedWatch; end(): void } {
  const ending = new AbortController()
  const watch = feedWatch({ ...table, clock })
  const onProblem = (error: unknown) =>
    tell('problem', { error: explained(error) ?? `The console failed at a look: ${String(error)}` })
  const again = (everyMs: number, work: (limit: AbortSignal) => Promise<void>) =>
    void keepAsking({ clock, everyMs, onProblem }, work, ending.signal)
  again(askAgainMs, async (limit) => {
    for (const row of await watch.look(limit)) tell('row', eventJson(row))
  })
  again(statusMs, async (limit) => tell('status', await status(limit)))
  const unsubscribe = record?.subscribe((line) => {
    const delivery = deliveryJson(line)
    if (delivery) tell('delivery', delivery)
  })
  return {
    watch,
    end() {
      ending.abort()
      unsubscribe?.()
    },
  }
}

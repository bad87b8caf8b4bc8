import type { EventTableDeps } from '../../../shared/ledger/event-table.ts'
import { type Clock, wait } from '../../../shared/runtime/clock.ts'
import { eventJson } from '../../operate/events/event-json.ts'
import { explained } from '../../operate/explained.ts'
import type { DeliveryCounts } from '../../operate/log-lines.ts'
import type { FlowStatus } from '../../operate/status.ts'
import { feedWatch } from './feed-watch.ts'
import { type RecentDelivery, type RecordedLines, recentDeliveries } from './recent-deliveries.ts'

/**
 * Tells all listeners what happens, as it happens. One look at the table serves all of them, and nobody looks while
 * nobody listens.
 */
export interface LiveFeed {
  /** The listener first hears the present state and what came lately. The returned function ends it. */
  subscribe(listener: (message: LiveMessage) => void): () => void
  /** Reads this event again for a while, because its outcome is about to change. */
  expect(reference: string): void
  stop(): void
}

interface LiveFeedDeps extends LivePollsDeps {
  record: RecordedLines | undefined
}

export function liveFeed(deps: LiveFeedDeps): LiveFeed {
  const listeners = new Set<(message: LiveMessage) => void>()
  let looks: LivePolls | undefined
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
      looks ??= startPolls(deps, tell)
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

interface LivePollsDeps {
  table: EventTableDeps
  clock: Clock
  status(signal: AbortSignal): Promise<LiveStatus>
  /** Between two looks at the table, and two at how all is doing. */
  looksMs: { events: number; status: number }
}

interface LivePolls {
  /** Returns the present state, and what came lately. */
  lately(): LiveMessage[]
  /** Looks out for this event. */
  expect(reference: string): void
  end(): void
}

/** Looks at the table and at how all is doing, over and over, and tells of what is new. */
function startPolls(
  { table, clock, looksMs, status }: LivePollsDeps,
  tell: (message: LiveMessage) => void,
): LivePolls {
  const ending = new AbortController()
  const lately = recentMessages(clock.now)
  const watch = feedWatch({ ...table, clock })

  function again(source: ProblemSource, everyMs: number, work: (limit: AbortSignal) => Promise<void>): void {
    // A problem is told when it comes, when it becomes another and when it is gone.
    const onDone = (failure: { error: unknown } | undefined) => {
      const problem = liveMessage('problem', { source, error: failure ? problemText(failure.error) : null })
      if (lately.keep(source, failure && problem)) tell(problem)
    }
    void pollRepeatedly({ clock, everyMs, onDone }, work, ending.signal)
  }

  again('events', looksMs.events, async (limit) => {
    for (const row of await watch.look(limit)) {
      const message = liveMessage('row', eventJson(row))
      lately.row(message)
      tell(message)
    }
  })
  again('status', looksMs.status, async (limit) => {
    const message = liveMessage('status', await status(limit))
    lately.keep('last status', message)
    tell(message)
  })
  return { lately: lately.all, expect: watch.expect, end: () => ending.abort() }
}

function problemText(error: unknown): string {
  return explained(error) ?? `The console failed at a look: ${String(error)}`
}

/** Keeps the messages that a page which connects later must hear, too. */
interface RecentMessages {
  row(message: LiveMessage): void
  /** Keeps a message until another one, or none, takes this name. Returns whether it differs from the one before. */
  keep(name: string, message: LiveMessage | undefined): boolean
  all(): LiveMessage[]
}

/** A page that connects within this time hears a row again, because the list that it loads first may be older. */
const repeatedMs = 10_000
const repeatedAtMost = 500

function recentMessages(now: () => number): RecentMessages {
  let rows: { atEpochMs: number; message: LiveMessage }[] = []
  const present = new Map<string, LiveMessage>()
  const repeated = () => rows.filter(({ atEpochMs }) => atEpochMs >= now() - repeatedMs)
  return {
    row(message) {
      rows = [...repeated(), { atEpochMs: now(), message }].slice(-repeatedAtMost)
    },
    keep(name, message) {
      const before = present.get(name)
      if (message) present.set(name, message)
      else present.delete(name)
      return before?.data !== message?.data
    },
    all: () => [...present.values(), ...repeated().map(({ message }) => message)],
  }
}

/** `events` stands for the look at the table. */
type ProblemSource = 'events' | 'status'

/** The state of the deployment, as it is told again and again. */
export interface LiveStatus extends FlowStatus {
  at: string
  /** Counts since the local run was started; null for a deployed stack. */
  local: Readonly<DeliveryCounts> | null
  /** This text changes when a handler changes. */
  handlers: string
}

/** What the page is told as it happens, by the name of its message. */
export interface LiveTold {
  row: ReturnType<typeof eventJson>
  delivery: RecentDelivery
  status: LiveStatus
  /** `error` is null once the look works again. */
  problem: { source: ProblemSource; error: string | null }
}

export interface LiveMessage {
  event: keyof LiveTold
  /** JSON of what is told. */
  data: string
}

function liveMessage<Name extends keyof LiveTold>(event: Name, data: LiveTold[Name]): LiveMessage {
  return { event, data: JSON.stringify(data) }
}

const callMs = 20_000

interface Poll {
  clock: Pick<Clock, 'after'>
  everyMs: number
  /** It is called after each run; its argument is undefined when the run went well. */
  onDone(failure: { error: unknown } | undefined): void
}

/** Runs the work over and over, with a pause between two runs, until the signal fires. It never rejects. */
async function pollRepeatedly(
  { clock, everyMs, onDone }: Poll,
  work: (limit: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const failure = await work(AbortSignal.any([signal, AbortSignal.timeout(callMs)])).then(
      () => undefined,
      (error: unknown) => ({ error }),
    )
    if (!signal.aborted) onDone(failure)
    await wait(clock, everyMs, signal).catch(() => {})
  }
}

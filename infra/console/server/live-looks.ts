import type { EventTableDeps } from '../../../shared/ledger/event-row.ts'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { eventJson } from '../../operate/events/event-json.ts'
import { explained } from '../../operate/explained.ts'
import { feedWatch } from './feed-watch.ts'
import { keepAsking } from './keep-asking.ts'
import { type LiveMessage, liveMessage, type ProblemSource } from './live-message.ts'
import { toldLately } from './told-lately.ts'

export interface LiveLooksDeps {
  table: EventTableDeps
  clock: Clock
  status(signal: AbortSignal): Promise<object>
  /** Between two looks at the table, and two at how all is doing. */
  looksMs: { events: number; status: number }
}

export interface LiveLooks {
  /** What holds, and what came lately. */
  lately(): LiveMessage[]
  /** Looks out for this event. */
  expect(reference: string): void
  end(): void
}

/** Looks at the table and at how all is doing, over and over, and tells of what is new. */
export function liveLooks(
  { table, clock, looksMs, status }: LiveLooksDeps,
  tell: (message: LiveMessage) => void,
): LiveLooks {
  const ending = new AbortController()
  const lately = toldLately(clock.now)
  const watch = feedWatch({ ...table, clock })

  function again(source: ProblemSource, everyMs: number, work: (limit: AbortSignal) => Promise<void>): void {
    // A problem is told when it comes, when it becomes another and when it is gone.
    const onDone = (failure: { error: unknown } | undefined) => {
      const problem = liveMessage('problem', { source, error: failure ? problemText(failure.error) : null })
      if (lately.keep(source, failure && problem)) tell(problem)
    }
    void keepAsking({ clock, everyMs, onDone }, work, ending.signal)
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

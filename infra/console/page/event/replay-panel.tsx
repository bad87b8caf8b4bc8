import { useState } from 'preact/hooks'
import {
  consoleApi,
  type EventAnswer,
  type HandlerFacts,
  type PlannedEvent,
  type ReplayRequest,
} from '../api/console-api.ts'
import { isOfType } from '../feed/feed-filter.ts'
import { Problem } from '../parts/problem.tsx'
import { ReplayDialog } from './replay-dialog.tsx'

interface Props {
  event: EventAnswer
  /** One that was added later may handle the event too. */
  handlers: readonly HandlerFacts[]
}

interface Planned {
  request: ReplayRequest
  plan: PlannedEvent
}

const results: Record<NonNullable<PlannedEvent['result']>, string> = {
  sent: 'It is back in the queue. What becomes of it is shown above as soon as it is recorded.',
  'already-replayed': 'This replay was done already.',
  expired: 'The event is no longer kept: nothing was sent.',
}

/** Handles an event again on purpose: first it is told what would run. */
export function ReplayPanel({ event, handlers }: Props) {
  const [isForced, setForced] = useState(false)
  const [planned, setPlanned] = useState<Planned>()
  const [said, say] = useState<string>()
  const [problem, setProblem] = useState<string>()
  const takers = handlers.filter(({ types }) => types.some((pattern) => isOfType(event.type, pattern)))
  const names = new Set([...Object.keys(event.handlers), ...takers.map(({ name }) => name)])

  async function ask(request: ReplayRequest, dryRun: boolean): Promise<PlannedEvent | undefined> {
    setProblem(undefined)
    try {
      return (await consoleApi.replay({ ...request, dryRun })).events[0]
    } catch (error) {
      setProblem((error as Error).message)
      return undefined
    }
  }

  async function plan(handlers: ReplayRequest['handlers']): Promise<void> {
    say(undefined)
    const request = { references: [event.reference], handlers, force: isForced }
    const plan = await ask(request, true)
    if (plan) setPlanned({ request, plan })
  }

  async function replay(request: ReplayRequest): Promise<void> {
    const done = await ask(request, false)
    if (done) say(done.result ? results[done.result] : `Nothing runs: ${done.why ?? 'no handler is due'}.`)
  }

  return (
    <section class="panel" aria-labelledby="replay-heading">
      <h2 id="replay-heading">Replay</h2>
      <p>Handles this event again, through the queue. You are shown first what would run.</p>
      <p class="buttons">
        <button type="button" onClick={() => plan('failed')}>
          Replay failed handlers
        </button>
        <button type="button" onClick={() => plan('all')}>
          Replay all handlers
        </button>
        {[...names].map((name) => (
          <button type="button" key={name} onClick={() => plan([name])}>
            Replay {name}
          </button>
        ))}
      </p>
      <label class="check">
        <input
          type="checkbox"
          checked={isForced}
          onChange={(change) => setForced(change.currentTarget.checked)}
        />
        Force: also where a newer event of this resource was handled
      </label>
      <p role="status">{said}</p>
      <Problem text={problem} />
      {planned && (
        <ReplayDialog
          plan={planned.plan}
          onConfirm={() => replay(planned.request)}
          onClose={() => setPlanned(undefined)}
        />
      )}
    </section>
  )
}

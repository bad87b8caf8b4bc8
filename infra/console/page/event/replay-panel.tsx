import { useState } from 'preact/hooks'
import {
  consoleApi,
  type EventAnswer,
  type HandlerFacts,
  type PlannedEvent,
  type ReplayRequest,
} from '../api/console-api.ts'
import { isOfType } from '../feed/feed-filter.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Problem } from '../parts/problem.tsx'

interface Props {
  event: EventAnswer
  /** A handler that was added later may handle the event, too. */
  handlers: readonly HandlerFacts[]
}

/** Handles an event again on purpose: first it is told what would run. */
export function ReplayPanel({ event, handlers }: Props) {
  const [isForced, setForced] = useState(false)
  const { planned, plan, confirm, leave, said, problem } = useReplay()
  return (
    <section class="panel" aria-labelledby="replay-heading">
      <h2 id="replay-heading">Replay</h2>
      <p>Handles this event again, through the queue. You are shown first what would run.</p>
      <ReplayButtons
        names={namesOf(event, handlers)}
        onPlan={(which) => plan({ references: [event.reference], handlers: which, force: isForced })}
      />
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
      {planned && <ReplayDialog plan={planned.plan} onConfirm={confirm} onClose={leave} />}
    </section>
  )
}

function ReplayButtons(props: { names: readonly string[]; onPlan(which: ReplayRequest['handlers']): void }) {
  const { names, onPlan } = props
  return (
    <p class="buttons">
      <button type="button" onClick={() => onPlan('failed')}>
        Replay failed handlers
      </button>
      <button type="button" onClick={() => onPlan('all')}>
        Replay all handlers
      </button>
      {names.map((name) => (
        <button type="button" key={name} onClick={() => onPlan([name])}>
          Replay {name}
        </button>
      ))}
    </p>
  )
}

function namesOf(event: EventAnswer, handlers: Props['handlers']): string[] {
  const takers = handlers.filter(({ types }) => types.some((pattern) => isOfType(event.type, pattern)))
  return [...new Set([...Object.keys(event.handlers), ...takers.map(({ name }) => name)])]
}

interface DialogProps {
  plan: PlannedEvent
  onConfirm(): void
  onClose(): void
}

/** What a replay would run, and what not, and why. */
function ReplayDialog({ plan, onConfirm, onClose }: DialogProps) {
  return (
    <Dialog title="Replay this event?" onClose={onClose}>
      {(close) => (
        <>
          <PlanList plan={plan} />
          <p class="buttons">
            {plan.runs && (
              <button
                type="button"
                class="main-button"
                onClick={() => {
                  close()
                  onConfirm()
                }}
              >
                Confirm
              </button>
            )}
            <button type="button" onClick={close}>
              {plan.runs ? 'Cancel' : 'Close'}
            </button>
          </p>
        </>
      )}
    </Dialog>
  )
}

/** If nothing runs for a reason of the event, the handlers that it is not about are left out. */
function PlanList({ plan }: { plan: PlannedEvent }) {
  const handlers = plan.handlers.filter(({ runs }) => plan.runs || !runs)
  return (
    <>
      {!plan.runs && <p>Nothing would run{plan.why ? `: ${plan.why.replace(/\.$/, '')}` : ''}.</p>}
      <ul class="plain">
        {handlers.map(({ handler, runs, why }) => (
          <li key={handler}>
            {runs ? 'would run' : 'would not run'} <strong>{handler}</strong>
            {!runs && why && `: ${why}`}
          </li>
        ))}
      </ul>
    </>
  )
}

const results: Record<NonNullable<PlannedEvent['result']>, string> = {
  sent: 'It is back in the queue. What becomes of it is shown above as soon as it is recorded.',
  'already-replayed': 'This replay was done already.',
  expired: 'The event, or its body, is no longer kept: nothing was sent.',
}

/** Asks what a replay would run, and does it once that was confirmed. */
function useReplay() {
  const [planned, setPlanned] = useState<{ request: ReplayRequest; plan: PlannedEvent }>()
  const [said, say] = useState<string>()
  const [problem, setProblem] = useState<string>()

  async function ask(request: ReplayRequest, dryRun: boolean): Promise<PlannedEvent | undefined> {
    setProblem(undefined)
    try {
      return (await consoleApi.replay({ ...request, dryRun })).events[0]
    } catch (error) {
      setProblem((error as Error).message)
      return undefined
    }
  }

  async function plan(request: ReplayRequest): Promise<void> {
    say(undefined)
    const answer = await ask(request, true)
    if (answer) setPlanned({ request, plan: answer })
  }

  async function confirm(): Promise<void> {
    const done = planned && (await ask(planned.request, false))
    if (done) say(done.result ? results[done.result] : `Nothing runs: ${done.why ?? 'no handler is due'}.`)
  }

  return { planned, plan, confirm, leave: () => setPlanned(undefined), said, problem }
}

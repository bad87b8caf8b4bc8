import { useState } from 'preact/hooks'
import type { EventAnswer, HandlerFacts, ReplayRequest } from '../api/console-api.ts'
import { isOfType } from '../feed/feed-filter.ts'
import { Problem } from '../parts/problem.tsx'
import { ReplayDialog } from './replay-dialog.tsx'
import { useReplay } from './use-replay.ts'

interface Props {
  event: EventAnswer
  /** One that was added later may handle the event too. */
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

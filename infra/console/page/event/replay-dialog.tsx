import type { PlannedEvent } from '../api/console-api.ts'
import { Dialog } from '../parts/dialog.tsx'

interface Props {
  plan: PlannedEvent
  onConfirm(): void
  onClose(): void
}

/** What a replay would run, and what not, and why. */
export function ReplayDialog({ plan, onConfirm, onClose }: Props) {
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

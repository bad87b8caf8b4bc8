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
          {!plan.runs && <p>Nothing would run{plan.why ? `: ${plan.why}` : ''}.</p>}
          <ul class="plain">
            {plan.handlers.map(({ handler, runs, why }) => (
              <li key={handler}>
                {runs ? (
                  <>
                    would run <strong>{handler}</strong>
                  </>
                ) : (
                  <>
                    would not run <strong>{handler}</strong>
                    {why && `: ${why}`}
                  </>
                )}
              </li>
            ))}
          </ul>
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

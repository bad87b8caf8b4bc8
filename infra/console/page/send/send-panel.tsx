import { useId, useRef, useState } from 'preact/hooks'
import { consoleApi, type Deployment, type Fault } from '../api/console-api.ts'
import { isOfType } from '../feed/feed-filter.ts'
import { Problem } from '../parts/problem.tsx'
import { SentReport } from './sent-report.tsx'
import type { SentSamples } from './sent-samples.ts'

interface Props {
  deployment: Deployment
  samples: SentSamples
  /** Nothing was delivered yet: then this is what there is to do. */
  isNew: boolean
}

const keptReports = 4

const faults: readonly { fault: Fault; label: string; means: string }[] = [
  { fault: 'none', label: 'One event', means: 'as Smokeball sends it' },
  { fault: 'duplicate', label: 'Duplicate', means: 'the same event twice' },
  { fault: 'late', label: 'Late', means: 'two of one resource, the newer one first' },
  { fault: 'bad-signature', label: 'Bad signature', means: 'signed with another key' },
]

/** Sends samples to the local callback URL, so that the product is seen at work. */
export function SendPanel({ deployment, samples: { sent, setSent, isOpen, setOpen }, isNew }: Props) {
  const handlers = deployment.handlers ?? []
  const [type, setType] = useState(() => firstType(deployment))
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const id = useId()
  const wasNew = useRef(false)
  wasNew.current ||= isNew
  const isShown = isOpen ?? (wasNew.current || sent.length > 0)
  const takers = handlers.filter(({ types }) => types.some((pattern) => isOfType(type, pattern)))

  async function send(fault: Fault): Promise<void> {
    setBusy(true)
    setProblem(undefined)
    await consoleApi.send(type, fault).then(
      (answer) =>
        setSent((before) => [{ ...answer, type, fault, atMs: Date.now() }, ...before].slice(0, keptReports)),
      (error: Error) => setProblem(error.message),
    )
    setBusy(false)
  }

  return (
    <details
      class="panel send"
      open={isShown}
      onToggle={(event) => event.currentTarget.open !== isShown && setOpen(event.currentTarget.open)}
    >
      <summary>
        <h2>Send a sample</h2> <span class="muted">and see what is done with it</span>
      </summary>
      <div class="send-form">
        <div class="field">
          <label for={id}>Type</label>
          <select id={id} value={type} onChange={(event) => setType(event.currentTarget.value)}>
            {deployment.eventTypes.map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </select>
        </div>
        {faults.map(({ fault, label, means }) => (
          <div class="send-button" key={fault}>
            <button
              type="button"
              disabled={isBusy}
              onClick={() => send(fault)}
              aria-describedby={`${id}-${fault}`}
            >
              {label}
            </button>
            <span class="muted" id={`${id}-${fault}`}>
              {means}
            </span>
          </div>
        ))}
      </div>
      <p class="muted">
        {takers.length === 0
          ? `No handler is subscribed to ${type}: it is recorded as unhandled.`
          : `Handled by ${takers.map(({ name, order }) => `${name} (${order === 'latest' ? 'only the newest' : 'every event'})`).join(', ')}.`}
      </p>
      <Problem text={problem} />
      <div aria-live="polite">
        {sent.map((sample) => (
          <SentReport key={sample.atMs} {...{ sample, handlers }} />
        ))}
      </div>
    </details>
  )
}

/** One that some handler only wants the newest of: there, a late event is superseded. */
function firstType({ eventTypes, handlers }: Deployment): string {
  const takers = handlers ?? []
  const taken = (order: 'latest' | 'every') =>
    eventTypes.find((type) =>
      takers.some(
        (handler) => handler.order === order && handler.types.some((pattern) => isOfType(type, pattern)),
      ),
    )
  return taken('latest') ?? taken('every') ?? eventTypes[0] ?? ''
}

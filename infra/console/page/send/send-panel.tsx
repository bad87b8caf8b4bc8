import { useId, useState } from 'preact/hooks'
import { consoleApi, type Deployment, type Fault, type HandlerFacts } from '../api/console-api.ts'
import { isOfType } from '../feed/feed-filter.ts'
import { PressButton } from '../parts/press-button.tsx'
import { Problem } from '../parts/problem.tsx'
import { SentReport } from './sent-report.tsx'
import type { SentSamples } from './told-of-delivery.ts'

interface Props {
  deployment: Deployment
  samples: SentSamples
}

/** Sends samples to the local callback URL, so that the product is seen at work. */
export function SendPanel({ deployment, samples: { sent, setSent, isOpen = true, setOpen } }: Props) {
  const handlers = deployment.handlers ?? []
  const [type, setType] = useState(() => firstType(deployment))
  const { send, isBusy, problem } = useSend(type, setSent)
  return (
    <details
      class="panel send"
      open={isOpen}
      onToggle={(event) => event.currentTarget.open !== isOpen && setOpen(event.currentTarget.open)}
    >
      <summary>
        <h2>Send a sample</h2> <span class="muted">and see what is done with it</span>
      </summary>
      <SendForm types={deployment.eventTypes} type={type} setType={setType} isBusy={isBusy} send={send} />
      <p class="muted">{takersText(type, handlers)}</p>
      <Problem text={problem} />
      <div aria-live="polite">
        {sent.map((sample) => (
          <SentReport key={sample.atMs} sample={sample} handlers={handlers} />
        ))}
      </div>
    </details>
  )
}

function takersText(type: string, handlers: readonly HandlerFacts[]): string {
  const takers = handlers.filter(({ types }) => types.some((pattern) => isOfType(type, pattern)))
  if (takers.length === 0) return `No handler is subscribed to ${type}: it is recorded as unhandled.`
  const order = { latest: 'only the newest', every: 'every event' }
  return `Handled by ${takers.map((taker) => `${taker.name} (${order[taker.order]})`).join(', ')}.`
}

/** The type to begin with: one that some handler only wants the newest of, since there, a late event is superseded. */
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

interface FormProps {
  types: readonly string[]
  type: string
  setType(type: string): void
  isBusy: boolean
  send(fault: Fault): void
}

const faults: readonly { fault: Fault; label: string; means: string }[] = [
  { fault: 'none', label: 'One event', means: 'as Smokeball sends it' },
  { fault: 'duplicate', label: 'Duplicate', means: 'the same event twice' },
  { fault: 'late', label: 'Late', means: 'two of one resource, the newer one first' },
  { fault: 'bad-signature', label: 'Bad signature', means: 'signed with another key' },
]

/** Which sample to send, and with what wrong with it. */
function SendForm({ types, type, setType, isBusy, send }: FormProps) {
  const id = useId()
  return (
    <div class="send-form">
      <div class="field">
        <label for={id}>Type</label>
        <select id={id} value={type} onChange={(event) => setType(event.currentTarget.value)}>
          {types.map((each) => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      </div>
      {faults.map(({ fault, label, means }) => (
        <div class="send-button" key={fault}>
          <PressButton isOff={isBusy} onPress={() => send(fault)} aria-describedby={`${id}-${fault}`}>
            {label}
          </PressButton>
          <span class="muted" id={`${id}-${fault}`}>
            {means}
          </span>
        </div>
      ))}
    </div>
  )
}

const keptReports = 4

/** Sends a sample of a type, and adds it to those that were sent. */
function useSend(type: string, setSent: SentSamples['setSent']) {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()

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

  return { send, isBusy, problem }
}

import { useId } from 'preact/hooks'
import type { Fault } from '../api/console-api.ts'
import { PressButton } from '../parts/press-button.tsx'

interface Props {
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
export function SendForm({ types, type, setType, isBusy, send }: Props) {
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

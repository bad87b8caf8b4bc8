import { useId } from 'preact/hooks'

interface Props {
  label: string
  name: string
  value: string
  /** Value → what is shown of it. */
  choices: Readonly<Record<string, string>>
  onValue(value: string): void
}

/** One of several values, or any. A value of the URL that is none of them is kept, and shown. */
export function ChoiceFilter({ label, name, value, choices, onValue }: Props) {
  const id = useId()
  const all = value === '' || Object.hasOwn(choices, value) ? choices : { ...choices, [value]: value }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} name={name} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        <option value="">any</option>
        {Object.entries(all).map(([choice, shown]) => (
          <option key={choice} value={choice}>
            {shown}
          </option>
        ))}
      </select>
    </div>
  )
}

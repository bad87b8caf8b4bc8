import { useEffect, useId, useState } from 'preact/hooks'

interface Props {
  label: string
  name: string
  value: string
  hint: string
  choices: readonly string[]
  onValue(value: string): void
}

/** A text, with what is known to be of use offered. It counts once the field is left, or by Enter. */
export function TextFilter({ label, name, value, hint, choices, onValue }: Props) {
  const id = useId()
  // The page is drawn over and over while somebody types.
  const [draft, setDraft] = useState(value)
  useEffect(() => setDraft(value), [value])
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...{ id, name, value: draft }}
        type="text"
        placeholder={hint}
        list={`${id}-known`}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => setDraft(event.currentTarget.value)}
        onChange={(event) => onValue(event.currentTarget.value.trim())}
      />
      <datalist id={`${id}-known`}>
        {choices.map((choice) => (
          <option key={choice} value={choice} />
        ))}
      </datalist>
    </div>
  )
}

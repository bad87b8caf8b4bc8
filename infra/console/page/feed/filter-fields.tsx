import type { ComponentChildren } from 'preact'
import { useEffect, useId, useState } from 'preact/hooks'

interface FieldProps {
  /** The id of the control. */
  id: string
  label: string
  children: ComponentChildren
}

/** A control with its label. */
function Field({ id, label, children }: FieldProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
    </div>
  )
}

interface ChoiceProps {
  label: string
  name: string
  value: string
  /** Value → what is shown of it. */
  choices: Readonly<Record<string, string>>
  onValue(value: string): void
}

/** One of several values, or any. A value of the URL that is none of them is kept, and shown. */
export function ChoiceFilter({ label, name, value, choices, onValue }: ChoiceProps) {
  const id = useId()
  const all = value === '' || Object.hasOwn(choices, value) ? choices : { ...choices, [value]: value }
  return (
    <Field id={id} label={label}>
      <select id={id} name={name} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
        <option value="">any</option>
        {Object.entries(all).map(([choice, shown]) => (
          <option key={choice} value={choice}>
            {shown}
          </option>
        ))}
      </select>
    </Field>
  )
}

interface MomentProps {
  label: string
  name: string
  /** ISO, as in the URL; the field has local time. */
  value: string
  onValue(value: string): void
}

/** A field for a moment in local time. */
export function MomentFilter({ label, name, value, onValue }: MomentProps) {
  const id = useId()
  return (
    <Field id={id} label={label}>
      <input
        id={id}
        name={name}
        type="datetime-local"
        step={1}
        value={localOf(value)}
        onChange={(event) => onValue(isoOf(event.currentTarget.value))}
      />
    </Field>
  )
}

function localOf(iso: string): string {
  const moment = new Date(iso)
  if (iso === '' || Number.isNaN(moment.getTime())) return ''
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 19)
}

function isoOf(local: string): string {
  const moment = new Date(local)
  return Number.isNaN(moment.getTime()) ? '' : moment.toISOString()
}

interface TextProps {
  label: string
  name: string
  value: string
  hint: string
  choices: readonly string[]
  onValue(value: string): void
}

/** A text, with what is known to be of use offered. It counts once the field is left, or by Enter. */
export function TextFilter({ label, name, value, hint, choices, onValue }: TextProps) {
  const id = useId()
  // The page is drawn again and again while somebody types, so the field keeps its own draft.
  const [draft, setDraft] = useState(value)
  useEffect(() => setDraft(value), [value])
  return (
    <Field id={id} label={label}>
      <input
        id={id}
        name={name}
        value={draft}
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
    </Field>
  )
}

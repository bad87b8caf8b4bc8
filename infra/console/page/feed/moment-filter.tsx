import { useId } from 'preact/hooks'

interface Props {
  label: string
  name: string
  /** ISO, as in the URL; the field has local time. */
  value: string
  onValue(value: string): void
}

/** A moment. */
export function MomentFilter({ label, name, value, onValue }: Props) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...{ id, name }}
        type="datetime-local"
        step={1}
        value={localOf(value)}
        onChange={(event) => onValue(isoOf(event.currentTarget.value))}
      />
    </div>
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

interface Props {
  iso: string
  /** `time`: without its date if it is of today. `ms`: the same with milliseconds. `exact`: all of it. */
  detail?: 'time' | 'ms' | 'exact'
}

/** A moment in local time. */
export function Moment({ iso, detail = 'time' }: Props) {
  return (
    <time dateTime={iso} title={iso}>
      {shown(iso, detail)}
    </time>
  )
}

function shown(iso: string, detail: Props['detail']): string {
  const moment = new Date(iso)
  if (Number.isNaN(moment.getTime())) return iso
  const two = (part: number) => String(part).padStart(2, '0')
  const ms = detail === 'time' ? '' : `.${String(moment.getMilliseconds()).padStart(3, '0')}`
  const time = `${moment.toTimeString().slice(0, 8)}${ms}`
  const date = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`
  const isToday = moment.toDateString() === new Date().toDateString()
  return isToday && detail !== 'exact' ? time : `${date} ${time}`
}

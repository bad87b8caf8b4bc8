interface Props {
  name: string
  y: number
  width: number
  /** Where the times stand. */
  side: 'above' | 'below'
  moments: readonly { iso: string; x: number }[]
}

const burstMs = 60_000

/** A horizontal axis of time, with as many times written as there is room for. */
export function TimelineTrack({ name, y, width, side, moments }: Props) {
  const times = moments.map(({ iso }) => Date.parse(iso))
  const isBurst = Math.max(...times) - Math.min(...times) < burstMs
  const labelWidth = isBurst ? 76 : 54
  const within = (x: number) => Math.min(Math.max(x, labelWidth / 2), width - labelWidth / 2)
  const labels = spaced(
    moments.map(({ iso, x }) => ({ iso, x: within(x) })),
    labelWidth + 12,
  )
  const textY = side === 'above' ? y - 14 : y + 24
  const nameY = side === 'above' ? y - 34 : y + 44
  return (
    <g class="track">
      <text class="track-name" x={0} y={nameY}>
        {name}
      </text>
      <line x1={0} y1={y} x2={width} y2={y} />
      {labels.map(({ iso, x }) => (
        <text key={`${iso}-${x}`} x={x} y={textY} text-anchor="middle">
          {shown(iso, isBurst)}
        </text>
      ))}
    </g>
  )
}

function spaced(moments: Props['moments'], apart: number): { iso: string; x: number }[] {
  const labels: { iso: string; x: number }[] = []
  for (const moment of moments.toSorted((a, b) => a.x - b.x)) {
    const last = labels.at(-1)
    if (!last || moment.x - last.x > apart) labels.push(moment)
  }
  return labels
}

/** The time; of another day, the day. Of a burst, the milliseconds too. */
function shown(iso: string, isBurst: boolean): string {
  const moment = new Date(iso)
  if (Number.isNaN(moment.getTime())) return iso
  const time = moment.toTimeString().slice(0, 8)
  if (isBurst) return `${time}.${String(moment.getMilliseconds()).padStart(3, '0')}`
  if (moment.toDateString() === new Date().toDateString()) return time
  return moment.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })
}

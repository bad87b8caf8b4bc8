import { NotUnderstood } from '../terminal/usage-error.ts'

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `2h` → milliseconds. Throws `NotUnderstood`. */
export function durationOf(option: string, text: string): number {
  const [, count = '', unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (unit !== '') return Number(count) * (unitMs[unit] ?? 0)
  throw new NotUnderstood(`${option} ${text} is no duration: give 30s, 15m, 2h or 3d.`)
}

/**
 * A moment of a command line: `2h` (ago), a date, or a date and time, which are local unless they say where, or `--utc` does.
 * Throws `NotUnderstood`.
 */
export function momentOf(
  option: string,
  text: string,
  { nowEpochMs, utc = false }: { nowEpochMs: number; utc?: boolean | undefined },
): number {
  if (/^\d+[a-z]$/.test(text)) return nowEpochMs - durationOf(option, text)
  const [, date = '', time = '00:00', zone = utc ? 'Z' : ''] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text) ?? []
  const epochMs = new Date(`${date}T${time}${zone}`).getTime()
  if (!Number.isNaN(epochMs) && isDay(date)) return epochMs
  throw new NotUnderstood(
    `${option} ${text} is no moment: give 2h (ago), 2026-07-01, '2026-07-01 09:30' or 2026-07-01T09:30:00Z.`,
  )
}

/** Why a range holds no moment, so that nothing can be found in it. Undefined if it holds some. */
export function emptyRange(
  { sinceEpochMs, untilEpochMs }: { sinceEpochMs?: number; untilEpochMs?: number },
  nowEpochMs: number,
): 'swapped' | 'to-come' | undefined {
  if (sinceEpochMs === undefined) return undefined
  if (untilEpochMs !== undefined && sinceEpochMs > untilEpochMs) return 'swapped'
  return sinceEpochMs > nowEpochMs ? 'to-come' : undefined
}

/** Whether there is such a day: JavaScript takes the 31st of June for the 1st of July. */
function isDay(date: string): boolean {
  return new Date(`${date}T00:00Z`).toISOString().startsWith(date)
}

/** `2026-07-01 09:30:05`, local or UTC. `detail`: `short` without the year, `exact` with milliseconds. */
export function shownMoment(
  epochMs: number,
  utc = false,
  detail: 'short' | 'usual' | 'exact' = 'usual',
): string {
  // The table may hold any number.
  if (!(Math.abs(epochMs) <= 8.64e15)) return String(epochMs)
  const away = utc ? 0 : new Date(epochMs).getTimezoneOffset() * 60_000
  const text = new Date(epochMs - away).toISOString().replace('T', ' ').replace('Z', '')
  if (detail === 'short') return text.slice(-18, -4)
  return detail === 'usual' ? text.slice(0, -4) : text
}

/** For `--json`. */
export function isoOf(epochMs: number): string {
  return Math.abs(epochMs) <= 8.64e15 ? new Date(epochMs).toISOString() : String(epochMs)
}

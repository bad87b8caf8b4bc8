/** Why a range holds no moment, so that nothing can be found in it. Undefined if it holds some. */
export function emptyRange(
  { sinceEpochMs, untilEpochMs }: { sinceEpochMs?: number; untilEpochMs?: number },
  nowEpochMs: number,
): 'swapped' | 'to-come' | undefined {
  if (sinceEpochMs === undefined) return undefined
  if (untilEpochMs !== undefined && sinceEpochMs > untilEpochMs) return 'swapped'
  return sinceEpochMs > nowEpochMs ? 'to-come' : undefined
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

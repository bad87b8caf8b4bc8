/**
 * What a `Retry-After` header asks for, in milliseconds from now: seconds, or an HTTP date. Undefined if it is absent
 * or unreadable. https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function retryAfterMs(header: string | null, nowEpochMs: number): number | undefined {
  const value = header?.trim()
  if (!value) return undefined
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const epochMs = Date.parse(value)
  return Number.isNaN(epochMs) ? undefined : Math.max(epochMs - nowEpochMs, 0)
}

import type { ApiCredentials } from './api-credentials.ts'

/** A call, ready to be sent as often as needed. */
export interface ApiCall {
  accountId: string
  method: string
  path: string
  init: RequestInit
  headers: Headers
  credentials: ApiCredentials
  /** What it sends that no error may tell, by name. */
  secrets?: ReadonlyMap<string, string>
  /** When its time is over, in milliseconds since 1970. */
  untilEpochMs: number
  /** Fires then, or when the caller gives up. */
  signal: AbortSignal
}

/** May be sent twice and does the same: https://www.rfc-editor.org/rfc/rfc9110#name-idempotent-methods */
const idempotent = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])
const reading = new Set(['GET', 'HEAD', 'OPTIONS'])

export function isIdempotent(method: string): boolean {
  return idempotent.has(method)
}

export function isWrite(method: string): boolean {
  return !reading.has(method)
}

import type { Call } from './call.ts'

export interface CallRecord {
  method: string
  path: string
  /** What follows the `?`. */
  query: string
  /** Names in lower case; without `authorization` and `x-api-key`. */
  headers: Record<string, string>
  /** What was answered; how it was not; undefined while that is open. */
  status: number | 'hang' | 'reset' | 'lose-answer' | undefined
}

const secretHeaders = ['authorization', 'x-api-key']

/** A call as it may be kept: no secret, and no body, since that may hold one. */
export function callRecord({ method, pathname, query, headers }: Call): CallRecord {
  const kept = Object.entries(headers).filter(([name]) => !secretHeaders.includes(name))
  return {
    method,
    path: pathname,
    query: query.toString(),
    headers: Object.fromEntries(kept.map(([name, value]) => [name, String(value)])),
    status: undefined,
  }
}

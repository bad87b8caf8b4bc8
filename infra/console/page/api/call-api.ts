import { ApiError } from './api-error.ts'
import { shutOutText } from './shut-out-text.ts'

/** Asks the console's server; with a body, tells it to change something. Throws `ApiError`. */
export async function callApi<Answer>(path: string, body?: object): Promise<Answer> {
  const url = `/console/api/${path}`
  const headers = { 'content-type': 'application/json' }
  const request = body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) }
  const response = await fetch(url, request).catch((cause: unknown) => {
    throw new ApiError(0, 'The console does not answer. Is it still running?', { cause })
  })
  const answer: unknown = await response.json().catch(() => undefined)
  if (response.ok) return answer as Answer
  throw new ApiError(response.status, problemOf(response.status, answer))
}

function problemOf(status: number, answer: unknown): string {
  if (status === 401) return shutOutText
  const said = typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : undefined
  return typeof said === 'string' ? said : `The console answered ${status}.`
}

import { pathPart } from '../route.ts'
import type { Row } from './row.ts'
import type { Depth, Status } from './status.ts'

export interface Deployment {
  name: string
  isLocal: boolean
  handlers: HandlerFacts[] | null
  /** Types that a sample can be sent of. */
  eventTypes: string[]
  dashboard: string | null
  /** What the table does not hold, and where it is counted. */
  tableSays: string
}

export interface HandlerFacts {
  name: string
  types: string[]
  order: 'latest' | 'every'
  own: 'skip' | 'handle'
}

export interface EventPage {
  events: Row[]
  cursor: string | null
  looked: number
  lookedBackTo: string | null
  /** Why the type that is filtered by may be a wrong one. */
  unlisted: string | null
}

export interface EventAnswer extends Row {
  text: string | null
  /** The payload as formatted JSON. */
  payload: string | null
  replays: { id: string; at: string; outcome: Row['status'] }[]
}

export interface ResourceAnswer {
  events: Row[]
  cursor: string | null
  words: string[]
}

export interface Minutes {
  from: string
  to: string
  minutes: { at: string; outcomes: Record<string, number>; p50: number | null; p95: number | null }[]
  looked: number
  isPartial: boolean
}

export interface ReplayRequest {
  references: string[]
  handlers: 'failed' | 'all' | string[]
  force: boolean
}

export interface PlannedEvent {
  reference: string
  runs: boolean
  why?: string
  handlers: { handler: string; runs: boolean; why?: string }[]
  result?: 'sent' | 'already-replayed' | 'expired'
}

export interface Letter {
  id: string
  kind: string
  reason: string
  since: string
  event: Pick<
    Row,
    'reference' | 'eventId' | 'type' | 'accountId' | 'resource' | 'resourceKey' | 'happened'
  > | null
}

export interface DeadLetters {
  /** The oldest ones. */
  letters: Letter[]
  /** How many there are. */
  count: number
  /** How many more were out of sight, since somebody else was looking at them. */
  elsewhere: number
}

export interface Sent {
  deliveries: { what: string; status: number; event: string; resourceId: string; reference?: string }[]
  explains: string
}

export type Fault = 'none' | 'duplicate' | 'late' | 'bad-signature'

/** All that the page asks the console for. Each throws `ApiError`. */
export const consoleApi = {
  deployment: () => callApi<Deployment>('deployment'),
  status: () => callApi<Status>('status'),
  events: (query: URLSearchParams) => callApi<EventPage>(`events?${query}`),
  event: (reference: string) => callApi<EventAnswer>(`events/${pathPart(reference)}`),
  resource: (key: string, cursor?: string) =>
    callApi<ResourceAnswer>(`resources?${new URLSearchParams({ key, ...(cursor && { cursor }) })}`),
  minutes: (minutes: number) => callApi<Minutes>(`minutes?minutes=${minutes}`),
  deadLetters: () => callApi<DeadLetters>('dead-letters'),
  replay: (request: ReplayRequest & { dryRun: boolean }) =>
    callApi<{ replayId: string | null; events: PlannedEvent[] }>('replay', request),
  redrive: (ids: string[] | 'all') =>
    callApi<{ redriven: number; kept: number; elsewhere: number }>('dead-letters/redrive', { ids }),
  drop: (ids: string[], reason: string) =>
    callApi<{ dropped: number; kept: number; elsewhere: number }>('dead-letters/drop', { ids, reason }),
  handling: (handling: 'enabled' | 'paused') =>
    callApi<{ handling: string; changed: boolean; queue: Depth }>('handling', { handling }),
  send: (type: string, fault: Fault) => callApi<Sent>('send', { type, fault }),
}

/** What the console's server did not do. Its message says what to do about it; `status` is 0 if nothing answered. */
export class ApiError extends Error {
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ApiError'
    this.status = status
  }
}

/** Asks the console's server; with a body, tells it to change something. Throws `ApiError`. */
async function callApi<Answer>(path: string, body?: object): Promise<Answer> {
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

/** Each start of the console has another token. */
export const shutOutText =
  'This page is no longer let in. Open the URL that the console printed at its start.'

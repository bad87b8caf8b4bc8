import { pathPart } from '../path-part.ts'
import { callApi } from './call-api.ts'
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

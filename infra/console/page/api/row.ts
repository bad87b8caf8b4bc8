import type { EventStatus, HandlerOutcome } from '../../../../shared/event/outcomes.ts'

export type { EventStatus, HandlerOutcome }

/** An event, as the console's API tells it: `eventJson` of the command line. */
export interface Row {
  reference: string
  eventId: string
  type: string
  status: EventStatus
  accountId: string
  resource: { kind: string; id: string }
  /** Names the resource, also where its id is too long to be told whole. */
  resourceKey: string
  /** ISO, as all moments. */
  happened: string
  ticks: string
  sent?: string
  received: string
  attempts: number
  reason?: string
  handlers: Record<string, RowHandler>
  requestId?: string
  subscriptionId?: string
  source?: string
  userId?: string
}

export interface RowHandler {
  outcome: HandlerOutcome
  failures: number
  waits: number
  ms?: number
  /** It was run although a newer event had been seen. */
  late?: true
  /** It was run although an API write of your own had caused the event. */
  own?: true
  error?: string
  notBefore?: string
}

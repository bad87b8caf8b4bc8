import type { JsonValue } from '../../shared/event/lossless-json.ts'

/** How what happens becomes deliveries. */
export interface DeliveryRules {
  /** From the 202 of a write until it takes effect. @default 0 */
  writeMs: number
  /** Whether a write is answered only after its event was delivered: the webhook overtakes the answer. @default false */
  overtake: boolean
  /** From an event until its delivery. @default 0 */
  lateMs: number
  /** Further deliveries of each event. @default 0 */
  duplicates: number
  /** Swaps events of a subscription in pairs: the first waits for the second, `holdMs` at most. @default false */
  outOfOrder: boolean | { holdMs: number }
  /**
   * This long after a write, one more event on the parent resource (a task's or contact's matter, else the resource
   * itself), which no RequestId connects with the write. @default none
   */
  indirectEcho: { afterMs: number } | undefined
  /** Further events that an API request triggers beside its own; they carry its RequestId. @default none */
  alsoTriggers(event: { type: string; payload: JsonValue }): readonly { type: string; payload: JsonValue }[]
}

export const ordinaryDeliveries: DeliveryRules = {
  writeMs: 0,
  overtake: false,
  lateMs: 0,
  duplicates: 0,
  outOfOrder: false,
  indirectEcho: undefined,
  alsoTriggers: () => [],
}

/** One HTTP request to a receiver. */
export interface OutgoingDelivery {
  subscriptionId: string
  type: string
  url: string
  headers: Record<string, string>
  body: string
}

export type Rewrite = (
  delivery: OutgoingDelivery,
) => OutgoingDelivery | readonly OutgoingDelivery[] | undefined

/** What became of an attempt: the receiver's status, or why there is none. */
export interface DeliveryRecord {
  subscriptionId: string
  type: string
  requestId: string | undefined
  status?: number
  error?: string
}

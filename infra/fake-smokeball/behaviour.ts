import type { JsonValue } from '../../shared/event/lossless-json.ts'

/** They say how events become deliveries. */
export interface DeliveryRules {
  /** Milliseconds from the 202 of a write until it takes effect. @default 0 */
  writeMs: number
  /** Whether a write is answered only after its event was delivered: the webhook overtakes the answer. @default false */
  overtake: boolean
  /** Milliseconds from an event until its delivery. @default 0 */
  lateMs: number
  /** The number of further deliveries of each event. @default 0 */
  duplicates: number
  /** Swaps events of a subscription in pairs: the first waits for the second, `holdMs` at most. @default false */
  outOfOrder: boolean | { holdMs: number }
  /**
   * So long after a write, there is one more event on the parent resource (a task's or contact's matter, else the resource
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

/** The outcome of an attempt: the receiver's status, or why there is none. */
export interface DeliveryRecord {
  subscriptionId: string
  type: string
  requestId: string | undefined
  status?: number
  error?: string
}

/**
 * No public text says how Smokeball behaves here. A client has to be safe with either, and the defaults are the less kind ones.
 */
export interface Undocumented {
  /** The key after a `PUT` without one. @default 'removed' */
  omittedKey: 'kept' | 'removed'
  /** A `PUT` with another URL: `kept` answers 200 with the former one, `refused` 400. @default 'changed' */
  otherUrl: 'changed' | 'kept' | 'refused'
  /** The header `RequestId` of events for which no caller has set one. @default 'empty' */
  absentRequestId: 'empty' | 'random' | 'left-out'
  /** Whether an answer of a receiver counts as taken. @default 2xx */
  accepts(status: number): boolean
  /** Further attempts after an answer that is not taken, or none. @default none */
  retry: { times: number; afterMs: number }
  /** Failed attempts in a row after which a subscription gets no more. @default never */
  disableAfterFailures: number
  /** Event types in a subscription that are not listed. @default 'refused', with 400 */
  unlistedTypes: 'refused' | 'accepted'
  /** Other clients' subscriptions in an account's list. @default 'hidden' */
  foreignSubscriptions: 'hidden' | 'listed'
  /** Whether a refresh gives a new refresh token and ends the old one. @default false */
  rotatesRefreshTokens: boolean
  /** Access tokens of an account that has revoked access. @default 'refused' */
  revokedAccessTokens: 'refused' | 'valid'
  /** Whether a 429 says when to come again. @default false */
  retryAfterOn429: boolean
  /** 401 or 403, for each thing that may be wrong. @default 403, 401, 403 */
  refusals: { apiKey: 401 | 403; token: 401 | 403; scope: 401 | 403 }
}

export const undocumentedDefaults: Undocumented = {
  omittedKey: 'removed',
  otherUrl: 'changed',
  absentRequestId: 'empty',
  accepts: (status) => status >= 200 && status < 300,
  retry: { times: 0, afterMs: 1_000 },
  disableAfterFailures: Number.POSITIVE_INFINITY,
  unlistedTypes: 'refused',
  foreignSubscriptions: 'hidden',
  rotatesRefreshTokens: false,
  revokedAccessTokens: 'refused',
  retryAfterOn429: false,
  refusals: { apiKey: 403, token: 401, scope: 403 },
}

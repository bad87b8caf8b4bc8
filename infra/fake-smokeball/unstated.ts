/**
 * What no public text says about Smokeball. A client has to be safe with either; the defaults are the less kind ones.
 */
export interface Unstated {
  /** The key after a `PUT` without one. @default 'removed' */
  omittedKey: 'kept' | 'removed'
  /** The header `RequestId` of events that no caller has set one for. @default 'empty' */
  absentRequestId: 'empty' | 'random' | 'left-out'
  /** Answers of a receiver that count as taken. @default 2xx */
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

export const unstatedDefaults: Unstated = {
  omittedKey: 'removed',
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

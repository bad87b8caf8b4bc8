/**
 * How a call fails: with a status (and `Retry-After`, seconds or a date); never answered; its connection reset; or
 * done, and the connection reset instead of the answer.
 */
export type Fault = { status: number; retryAfter?: number | string } | 'hang' | 'reset' | 'lose-answer'

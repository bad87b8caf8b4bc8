/** Failed runs after which a handler gives up, in the simulation. */
export const maxAttempts = 3
/** `RetryAfter`s that a handler may ask for. */
export const maxWaits = 20
/** Claims in a row that may come to nothing. */
export const maxTries = 4

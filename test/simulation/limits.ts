/** Failed runs after which a handler gives up, in the simulation. */
export const maxAttempts = 3
/** `RetryAfter`s that a handler may ask for. */
export const maxWaits = 20
/** Deaths of workers at a message that came back before, after which it is given up. */
export const leastDeaths = 3
/** Claims in a row that may come to nothing. */
export const maxTries = 4

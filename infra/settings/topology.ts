import { dueAttributes, dueIndex, feedAttributes, feedIndex } from '../../shared/ledger/event-item.ts'

/** What the deployed stack and the local run share: names, keys, limits. Plain values, so that both can read them. */
export const route = { method: 'POST', path: '/smokeball' } as const

/** Tells the address of a delivery apart from the API's other routes, the way API Gateway writes it. */
export const routeKey = `${route.method} ${route.path}`

/**
 * The stack's parameter that keeps whether events of connected accounts alone are taken: a deployment that does not name it
 * leaves it as it is, and so does a release.
 */
export const accountsParameter = 'TakeConnectedAccountsOnly'

export const table = {
  partitionKey: 'pk',
  sortKey: 'sk',
  ttlAttribute: 'ttl',
  /** Lists what came lately: 3 shards by event id, each sorted by received time. Never projects a body. */
  feed: { ...feedIndex, attributes: feedAttributes },
  /** Lists the events that are not finished, by when they are due: in 3 shards, too. */
  due: { ...dueIndex, attributes: dueAttributes },
} as const

export const timeouts = {
  receiverMs: 8_000,
  consumerMs: 30_000,
  /** A run goes through all firms, at the five calls a second that Smokeball allows. */
  keeperMs: 5 * 60_000,
} as const

/**
 * CPU comes with memory. A receiver peaks at 70 MB with a body of 1 KB, and at 290 MB with one of 5.5 MB, which is about
 * as much as an invocation takes; a consumer with full batches at 143 MB (`npm run bench`), and handlers need room. A
 * keeper mostly waits for Smokeball.
 */
export const memoryMb = { receiver: 512, consumer: 512, keeper: 256 } as const

/** Smokeball gives up after 10 s; the receiver has to answer before. */
export const maxReceiverTimeoutMs = 9_000

/** AWS asks for at least six times the function's timeout, so that throttled batches are not handed out twice. */
export const visibilityTimeouts = 6

export const queues = {
  events: 'smokeball-events.fifo',
  deadLetters: 'smokeball-events-dead-letters.fifo',
  /** What is to be run later waits here, and holds nobody up. Not FIFO: that takes no delay for a single message. */
  delayed: 'smokeball-events-delayed',
  retentionDays: 14,
  /**
   * Only a net, as wide as SQS takes it: the consumer counts attempts itself and dead-letters with a reason. A store that
   * fails for a minute makes five receives.
   */
  maxReceiveCount: 1000,
  maximumMessageBytes: 1024 * 1024,
  batchSize: 10,
  /** High-throughput mode: limits and deduplication count per message group. */
  highThroughput: { DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId' },
} as const

export const retention = { eventDays: 30, ledgerDays: 400 } as const

/** Accepted age of a delivery's `Timestamp`, either way. */
export const toleranceMs = 5 * 60_000

/** Failed attempts of a handler after which its event is dead-lettered: 35 to 70 minutes without `RetryAfter`. */
export const maxAttempts = 20

/** Between two looks of the keeper at all firms' subscriptions. */
export const subscriptionCheckMinutes = 60

/** Batches that are handled at once. */
export const maxConcurrency = 5

/** Batches of the delay queue that are moved at once: the least that Lambda takes. */
export const delayedConcurrency = 2

export const logRetentionDays = 30

/** Deliveries that API Gateway lets in. */
export const throttling = { perSecond: 100, burst: 200 } as const

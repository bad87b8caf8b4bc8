import { dueAttributes, dueIndex, feedAttributes, feedIndex } from '../../shared/ledger/event-indexes.ts'

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

/**
 * The keeper's time limit and memory, and how often a run that fails is tried: Lambda waits a minute before the second try, and
 * two before the third. A run goes through all firms, at two of the five calls a second that Smokeball allows: about 1,700
 * firms in the longest time that Lambda takes.
 */
export const keeper = { timeoutMs: 15 * 60_000, memoryMb: 256, tries: 3 } as const

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

/** Between two runs that bring what was put aside into its queue. */
export const bringInMinutes = 5

/** Between two runs of the keeper that walk the lists of firms which are due. */
export const catchUpMinutes = 15

/** Batches of the delay queue that are moved at once: the least that Lambda takes. */
export const delayedConcurrency = 2

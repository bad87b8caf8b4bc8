import type { Duration } from 'aws-cdk-lib'
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch'
import { keeper as keeperLimits } from '../settings/topology.ts'
import type { CallbackApi } from './callback-api.ts'
import type { Consumer } from './consumer.ts'
import type { EventQueues } from './event-queues.ts'
import type { Keeper } from './keeper.ts'
import type { LineMetrics } from './line-metrics.ts'
import type { Receiver } from './receiver.ts'

/** The parts of the pipeline that alarms and the dashboard look at. */
export interface WatchedParts {
  readonly queues: EventQueues
  readonly receiver: Receiver
  readonly consumer: Consumer
  readonly keeper: Keeper
  readonly api: CallbackApi
  readonly metrics: LineMetrics
}

/** Options for metrics of the alarm's period. */
export interface OfPeriod {
  readonly period: Duration
  readonly sum: { readonly period: Duration; readonly statistic: 'Sum' }
  readonly maximum: { readonly period: Duration; readonly statistic: 'Maximum' }
}

/** An alarm: metrics that, taken together, are to stay at or below `above`, but for `times` of the last `within` periods. */
export interface WatchedAlarm {
  readonly id: string
  /** What has happened, in plain text: the alarm's description. */
  readonly means: string
  /** The next step and the command that shows more, in Markdown: for docs/alarms.md. */
  readonly whatToDo: string
  readonly metrics: (parts: WatchedParts, options: OfPeriod) => IMetric[]
  /** What counts of several metrics. One without a value counts as 0. @default 'their sum' */
  readonly takes?: 'their sum' | 'the greatest'
  /** @default 0 */
  readonly above?: number
  /** @default 1 */
  readonly times?: number
  /** @default times */
  readonly within?: (options: { readonly visibilityTimeoutSeconds: number }) => number
  /**
   * What the metric tells shows only when the keeper runs. The alarm looks back beyond its last run, hour by hour, so that it
   * lasts as long as its reason and tells of it once. Other alarms look at five minutes.
   */
  readonly lasts?: boolean
}

export const alarmMinutes = 5

/** Windows in which a batch whose invocation dies each time comes three times; CloudWatch looks back a day at most. */
function windowsOf(visibilityTimeoutSeconds: number): number {
  const windows = Math.ceil((3 * visibilityTimeoutSeconds) / (alarmMinutes * 60)) + 1
  return Math.min(Math.max(windows, 3), (24 * 60) / alarmMinutes)
}

/** What somebody should be told. The constructs, the dashboard's row and docs/alarms.md are made from this list. */
export const watchedAlarms: readonly WatchedAlarm[] = [
  {
    id: 'DeadLetters',
    means:
      'Events wait in the dead-letter queue: no handler will run for them again. Look at their reasons, mend, send them back.',
    whatToDo:
      '`npx smokeball-webhooks dlq list` says why; one without a reason was received 1,000 times in vain (a secret that cannot be read for three days, say). Mend it, then `dlq redrive --all`: what has failed is run again, with the handlers that are there now. They wait 14 days. More: [It failed: what now?](operating.md#it-failed-what-now)',
    metrics: ({ queues }, { maximum }) => [
      queues.deadLetters.metricApproximateNumberOfMessagesVisible(maximum),
    ],
  },
  {
    id: 'OldEvents',
    means:
      'An event has waited for over a day. Handlers fail, are too slow, or do not run at all. Events are lost after 14 days.',
    whatToDo:
      '`npx smokeball-webhooks status` says which. See `ConsumerErrors` and `Throttles` first. If handlers are only slow, raise `maxConcurrency`. After 14 days events are lost.',
    metrics: ({ queues, metrics }, { maximum, period }) => [
      queues.events.metricApproximateAgeOfOldestMessage(maximum),
      // The age of a queue leaves out what is delayed.
      metrics.oldestUnfinished({ period }),
    ],
    above: 86_400,
    lasts: true,
    takes: 'the greatest',
  },
  {
    id: 'DelayedEvents',
    means:
      'What is to be run later has waited for over an hour longer than it should: the consumer does not take it from the delay queue.',
    whatToDo:
      'See `ConsumerErrors` and `Throttles`. With more than 1,000 events in the queue, first deliveries go first, and what is to be run again goes round until then; `OldEvents` tells when that takes too long.',
    metrics: ({ queues }, { maximum }) => [queues.delayed.metricApproximateAgeOfOldestMessage(maximum)],
    above: 3_600,
  },
  {
    id: 'LostRetries',
    means:
      'An event was to be run again, and the table has it no more: its handlers that failed will not run. Replay what its resource has, or fetch it from Smokeball.',
    whatToDo:
      "The consumer's line `expired` names the resource: replay what is stored of it, or fetch it from Smokeball.",
    metrics: ({ metrics }, { period }) => [metrics.events('expired', { period })],
  },
  {
    id: 'StrayFailures',
    means:
      'A failure in the handlers was caught by nobody: an `await` is forgotten, or a timer throws. The event it belongs to may count as handled. See the log of the consumer.',
    whatToDo:
      "The consumer's line with `failure` `stray` has the error with its line in your source, and the handlers that were running.",
    metrics: ({ metrics }, { period }) => [metrics.strayFailures({ period })],
  },
  {
    id: 'FailingEvents',
    means:
      'A handler has failed for the fifth time for an event, which is still being tried. The error is in the log of the consumer.',
    whatToDo:
      'The `failure` lines have the error with its line in your source. A deployment in time saves it from the dead-letter queue.',
    metrics: ({ metrics }, { period }) => [metrics.failingEvents({ period })],
  },
  {
    id: 'SuspectedLoops',
    means:
      "The circuit breaker has parked an event in the dead-letter queue: a handler's own writes seem to come back as events that no RequestId marks.",
    whatToDo:
      "The consumer's line with `loop` names the handler and the resource. See that the handler [marks its writes](own-writes.md#echoes-without-a-requestid) and writes only what really differs; deploy, then send the events back: `npx smokeball-webhooks dlq redrive --kind loop-suspected`.",
    metrics: ({ metrics }, { period }) => [metrics.suspectedLoops({ period })],
  },
  {
    id: 'ReceiverErrors',
    means:
      'Deliveries were not answered, or with 503: the receiver failed, its secret is not complete, or no queue took them. Smokeball may not send them again.',
    whatToDo:
      "The receiver's log says which: a secret that is not complete (with the command), a queue that was out of reach, a crash. Smokeball may not send these again.",
    metrics: ({ receiver, metrics }, { sum, period }) => [
      receiver.function.metricErrors(sum),
      metrics.deliveries('unavailable', { period }),
    ],
  },
  {
    id: 'ConsumerErrors',
    means:
      'The consumer itself fails: it cannot start, runs out of time or memory, or DynamoDB or SQS fail. Events wait; none is lost.',
    whatToDo:
      'See its log. Events wait, and none is lost: for three days they come back, then they go to the dead-letter queue. After a deployment: deploy the version before.',
    metrics: ({ consumer, metrics }, { sum, period }) => [
      consumer.function.metricErrors(sum),
      metrics.events('error', { period }),
    ],
    times: 3,
    within: ({ visibilityTimeoutSeconds }) => windowsOf(visibilityTimeoutSeconds),
  },
  {
    id: 'RefusedForAge',
    means:
      'Deliveries were refused for their age, before their signature was looked at. If Smokeball sends late, widen toleranceMs; else somebody is trying.',
    whatToDo:
      'If the log has many `too-old`, Smokeball sends late: raise `toleranceMs`. If the `ip` in the access log is not that of other deliveries, somebody is trying, in vain.',
    metrics: ({ metrics }, { period }) => [metrics.refusedForAge({ period })],
  },
  {
    id: 'Quarantined',
    means: 'A signed delivery was no notification, or came from the future. The dead-letter queue has it.',
    whatToDo:
      '`npx smokeball-webhooks dlq list --kind quarantined`, and `dlq show`: it is something new from Smokeball, or somebody has [seen a delivery](../SECURITY.md#smokeball-does-not-sign-the-body), or has your signing key (then `npx smokeball-webhooks rotate-key`)',
    metrics: ({ metrics }, { period }) => [metrics.deliveries('quarantined', { period })],
  },
  {
    id: 'ClientErrors',
    means:
      'Very many requests were refused: a wrong key or client id, somebody guessing, or throttling by API Gateway.',
    whatToDo:
      '`bad-signature` in the log: a subscription with another key, or a wrong client id: `npx smokeball-webhooks doctor` says which. Status 429 in the access log: raise `throttling`. Otherwise somebody is guessing, and gets nothing.',
    metrics: ({ api }, { sum }) => [api.stage.metricClientError(sum)],
    // A scanner of the internet sends fewer.
    above: 99,
  },
  {
    id: 'ServerErrors',
    means: 'API Gateway answered many requests with 5xx: the receiver fails, or is throttled.',
    whatToDo:
      "Do as for `ReceiverErrors`; the access log's `integration` says what it got from the function.",
    metrics: ({ api }, { sum }) => [api.stage.metricServerError(sum)],
    above: 9,
  },
  {
    id: 'Throttles',
    means:
      "The account's concurrency did not suffice for a function. Ask AWS for more, or lower maxConcurrency.",
    whatToDo:
      'Ask AWS for more (new accounts may have ten in all), or lower `maxConcurrency`. Bringing back what is run again takes up to two at a time beside it.',
    metrics: ({ receiver, consumer, keeper }, { sum }) =>
      [receiver, consumer, keeper].map((one) => one.function.metricThrottles(sum)),
  },
  {
    id: 'SubscriptionRepairs',
    means:
      'A subscription was missing at Smokeball or not as it should be, and has been put right: events since the check before may be lost.',
    whatToDo:
      "Events since the check before may be lost: the keeper's line `repaired` names the account, so fetch what that firm changed meanwhile. If nobody deleted or edited it by hand, see `FailingCredentials`: subscriptions vanish when the refresh token expires, the firm revokes it, or your app is uninstalled.",
    metrics: ({ metrics }, { period }) => [metrics.subscriptionRepairs({ period })],
  },
  {
    id: 'FailingCredentials',
    means:
      "Smokeball no longer takes a firm's credentials, so that nobody looks after its subscription. The keeper's log says which: connect the firm again.",
    whatToDo:
      "The keeper's lines `failed` with `why` `credentials` name the accounts: `npx smokeball-webhooks doctor --account …` says why; connect them again. It lasts as long as any firm's fail, and a second one sends no second mail.",
    metrics: ({ metrics }, { period }) => [metrics.failingCredentials({ period })],
    lasts: true,
  },
  {
    id: 'KeeperErrors',
    means:
      'The keeper itself failed at each of its three tries: it cannot start, has more firms than it can look at, or its secrets or table fail. Subscriptions are not looked after.',
    whatToDo:
      'See its log; `KEEPER_TOO_SLOW` there says [what to do with many firms](connecting-firms.md#many-firms). Deliveries and events go on; only subscriptions are not looked after meanwhile. After a deployment: deploy the version before.',
    metrics: ({ keeper }, { sum }) => [keeper.function.metricErrors(sum)],
    // All tries of a run take place within an hour.
    above: keeperLimits.tries - 1,
    lasts: true,
  },
]

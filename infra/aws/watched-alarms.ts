import type { Duration } from 'aws-cdk-lib'
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch'
import { queues as queueLimits } from '../settings/topology.ts'
import type { AlarmTimingName } from './alarm-timings.ts'
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

/** Whose log has the lines. */
export type LogSource = 'api' | 'receiver' | 'consumer' | 'keeper'

/** What shows more: a command of this project's program, without the deployment; or lines of a log. */
export type Shown = string | { readonly log: LogSource; readonly pattern: string }

/** An alarm: metrics that, taken together, are to stay at or below `above`. */
export interface WatchedAlarm {
  readonly id: string
  /** What has happened, in plain text. With the commands of `shown` it is the alarm's mail, which takes 1,024 characters. */
  readonly means: string
  readonly shown: readonly Shown[]
  /** The next step, in Markdown: for docs/alarms.md. */
  readonly whatToDo: string
  /** Each of them is paid for: several losses of one next step share a metric of the lines. */
  readonly metrics: (parts: WatchedParts, options: OfPeriod) => IMetric[]
  /** What counts of several metrics. One without a value counts as 0. @default 'their sum' */
  readonly takes?: 'their sum' | 'the greatest'
  /** @default 0 */
  readonly above?: number
  /** @default 'at once' */
  readonly raised?: AlarmTimingName
  /** Deliveries were lost when it is raised, and until it is over: lists of changes are walked then. @default false */
  readonly isOfLosses?: true
}

const daySeconds = 86_400
/** Two days before a queue drops its oldest message. */
const retentionEndsSeconds = (queueLimits.retentionDays - 2) * daySeconds

/** What somebody should be told. The constructs, the dashboard's row and docs/alarms.md are made from this list. */
export const watchedAlarms: readonly WatchedAlarm[] = [
  {
    id: 'LostDeliveries',
    means:
      'Deliveries were lost before the queue: API Gateway throttled them (429), found them too large (413), or answered 5xx, or the receiver could not take them (503). Smokeball may not send them again.',
    shown: [
      { log: 'api', pattern: '{ ($.status = "429") || ($.status = "413") || ($.status = "5*") }' },
      { log: 'receiver', pattern: '{ $.message.failure = "*" }' },
    ],
    whatToDo:
      "The status in the access log says what it was. 429: raise `throttling`. 413: nothing takes a delivery of that size. 5xx: the access log's `integration` says what API Gateway got from the receiver, and the receiver's log says why: a secret that is not complete (with the command), a queue that was out of reach, a crash, or no concurrency left (ask AWS for more). What changed meanwhile is [caught up](catching-up.md#when) half an hour later. [Losses](losses.md) tells which of these AWS may leave out of its logs.",
    // A 5xx of API Gateway has both a line and this count, but for what AWS calls internal failures, which may have either.
    metrics: ({ api, metrics }, { sum, period }) => [
      api.stage.metricServerError(sum),
      metrics.lostDeliveries({ period }),
    ],
    isOfLosses: true,
  },
  {
    id: 'RefusedDeliveries',
    means:
      'Deliveries with the headers of Smokeball were refused (401): too old or too new, or signed with another key. A subscription with another key loses all that its firm sends. Each line says why.',
    shown: [
      'doctor',
      {
        log: 'receiver',
        pattern: '{ ($.message.delivery = "refused") && ($.message.why != "missing-header") }',
      },
    ],
    whatToDo:
      '`why` says which. `bad-signature`: a subscription has another key, or the client id is wrong: `doctor` says which, and the keeper puts the key right. `too-old` or `too-new`: Smokeball sends late, so raise `toleranceMs`. `bad-timestamp`: Smokeball writes times in another way, so look for an update of this project. If the `ip` in the access log is not that of other deliveries, somebody is trying, in vain.',
    metrics: ({ metrics }, { period }) => [metrics.refusedDeliveries({ period })],
    isOfLosses: true,
  },
  {
    id: 'GivenUpEvents',
    means:
      'Events were given up: no handler will run for them again until somebody sends them back. They lie in the dead-letter queue with their reasons, unless their line says expired: then even the table has them no more.',
    shown: ['dlq list', { log: 'consumer', pattern: '{ $.message.event = "expired" }' }],
    whatToDo:
      'Mend what the reason tells, then `dlq redrive --all`: what has failed is run again, with the handlers that are there now. `quarantined`: it is something new from Smokeball, or somebody has [seen a delivery](../SECURITY.md#smokeball-does-not-sign-the-body), or has your signing key (then `rotate-key`). `loop-suspected`: see that the handler [marks its writes](own-writes.md#echoes-without-a-requestid). `expired`: replay what is stored of its resource, or fetch it from Smokeball. More: [It failed: what now?](operating.md#it-failed-what-now)',
    metrics: ({ metrics }, { period }) => [metrics.givenUpEvents({ period })],
  },
  {
    id: 'WaitingDeadLetters',
    means:
      'Dead letters have lain in their queue for an hour, and nobody has sent them back or dropped them. They are lost after 14 days.',
    shown: ['dlq list'],
    whatToDo:
      'Send them back, or drop them with a reason: the alarm lasts until the queue is empty. One without a reason was received 1,000 times in vain (a secret that cannot be read for three days, say): SQS moved it, no line tells of it, and this alarm is the only one that does.',
    metrics: ({ queues }, { maximum }) => [
      queues.deadLetters.metricApproximateNumberOfMessagesVisible(maximum),
    ],
    raised: 'for an hour',
  },
  {
    id: 'RetentionEnds',
    means:
      'Messages have been in a queue for 12 days: events, what is to be run later, or dead letters. SQS deletes them after 14 days, and nobody is told of that.',
    shown: ['status', 'dlq list'],
    whatToDo:
      '`status` says which queue. Events: handling is paused (`resume`), or the consumer fails (see `ConsumerErrors`). Dead letters: send them back, or drop them. What is to be run later is not lost with its message: the keeper sends it again.',
    metrics: ({ queues }, { maximum }) =>
      [queues.events, queues.delayed, queues.deadLetters].map((queue) =>
        queue.metricApproximateAgeOfOldestMessage(maximum),
      ),
    takes: 'the greatest',
    above: retentionEndsSeconds,
  },
  {
    id: 'NotBroughtIn',
    means:
      'What was put aside because the queue did not take it has waited for over 15 minutes: the queue still fails, or the keeper cannot bring it in. Nothing is lost as long as the table has it.',
    shown: ['status', { log: 'keeper', pattern: '{ $.message.asideSeconds > 900 }' }],
    whatToDo:
      'See the log of the keeper, and `KeeperErrors`. It is tried again every five minutes. What fails three times becomes a dead letter.',
    metrics: ({ metrics }, { period }) => [metrics.notBroughtIn({ period })],
  },
  {
    id: 'OldEvents',
    means:
      'An event has waited for over a day. Handlers fail, are too slow, or do not run at all. Events are lost after 14 days in the queue.',
    shown: ['status', 'events list --outcome failed'],
    whatToDo:
      '`status` says which. See `ConsumerErrors` first. If handlers are only slow, raise `maxConcurrency`. While over 1,000 events wait, first deliveries go first, and what is to be run again goes round until then.',
    metrics: ({ queues, metrics }, { maximum, period }) => [
      queues.events.metricApproximateAgeOfOldestMessage(maximum),
      // The age of a queue leaves out what is delayed.
      metrics.oldestUnfinished({ period }),
    ],
    above: daySeconds,
    raised: 'at each run of the keeper',
    takes: 'the greatest',
  },
  {
    id: 'HandlerFailures',
    means:
      'A handler has failed for the fifth time for an event, which is still being tried; or a failure in the handlers was caught by nobody (a forgotten await, a timer), and the event it belongs to may count as handled.',
    shown: ['events list --outcome failed', { log: 'consumer', pattern: '{ $.message.failure = "*" }' }],
    whatToDo:
      'The `failure` lines have the error with its line in your source. A deployment in time saves the event from the dead-letter queue. A line with `failure` `stray` names the handlers that were running: an `await` is missing in one of them.',
    metrics: ({ metrics }, { period }) => [metrics.handlerFailures({ period })],
  },
  {
    id: 'ConsumerErrors',
    means:
      'The consumer itself fails again and again: it cannot start, runs out of time or memory, finds no concurrency, or DynamoDB or SQS fail. Events wait; none is lost.',
    shown: ['status', { log: 'consumer', pattern: '{ $.level = "ERROR" }' }],
    whatToDo:
      'See its log. Events wait, and none is lost: for three days they come back, then they go to the dead-letter queue. After a deployment: deploy the version before. If its log tells nothing, the account has no concurrency left: ask AWS for more (new accounts may have ten in all), or lower `maxConcurrency`. Bringing back what is run again takes up to two at a time beside it.',
    metrics: ({ consumer, metrics }, { sum, period }) => [
      consumer.function.metricErrors(sum),
      consumer.function.metricThrottles(sum),
      metrics.events('error', { period }),
    ],
    raised: 'three times',
  },
  {
    id: 'SubscriptionRepairs',
    means:
      'A subscription was missing at Smokeball or not as it should be, and has been put right: events since the check before may be lost.',
    shown: ['subscriptions list', { log: 'keeper', pattern: '{ $.message.subscription = "repaired" }' }],
    whatToDo:
      "The keeper's line `repaired` names the account: fetch what that firm changed since the check before. If nobody deleted or edited it by hand, see `FailingCredentials`: subscriptions vanish when the refresh token expires, the firm revokes it, or your app is uninstalled.",
    metrics: ({ metrics }, { period }) => [metrics.subscriptionRepairs({ period })],
  },
  {
    id: 'MissedEvents',
    means:
      'Catch-up found changes at Smokeball that no delivery had told of, and had them handled. Nothing is lost; but deliveries did not come, and may go on not coming.',
    shown: ['catch-up --status', { log: 'consumer', pattern: '{ $.message.recovered = 1 }' }],
    whatToDo:
      "The consumer's lines with `recovered` name the resources. See whether the firm's subscription was gone (`SubscriptionRepairs`), whether deliveries were refused or lost (`LostDeliveries`, `RefusedDeliveries`), or whether Smokeball had an outage: [Catching up](catching-up.md).",
    metrics: ({ metrics }, { period }) => [metrics.recoveredEvents({ period })],
  },
  {
    id: 'CatchUpBehind',
    means:
      'The lists of a firm at Smokeball were not walked to their end for half a day after their turn: what its deliveries miss is not found.',
    shown: ['catch-up --status', { log: 'keeper', pattern: '{ $.message.failure = "catch-up" }' }],
    whatToDo:
      "The keeper's lines with `failure` `catch-up` say which list of which firm fails, and why: a scope that your client does not have (403), or credentials (`FailingCredentials`). Lines with `catchUp` `waits` say that something is put aside, or that very much waits. Without any of these, there are more firms than time: [Catching up](catching-up.md).",
    metrics: ({ metrics }, { period }) => [metrics.catchUpBehind({ period })],
    raised: 'at each run of the keeper',
  },
  {
    id: 'FailingCredentials',
    means:
      "Smokeball no longer takes a firm's credentials, so that nobody looks after its subscription. Connect the firm again.",
    shown: ['accounts list', { log: 'keeper', pattern: '{ $.message.why = "credentials" }' }],
    whatToDo:
      "The keeper's lines `failed` with `why` `credentials` name the accounts: `npx smokeball-webhooks doctor --account …` says why; connect them again. It lasts as long as any firm's fail, and a second one sends no second mail.",
    metrics: ({ metrics }, { period }) => [metrics.failingCredentials({ period })],
    raised: 'at each run of the keeper',
  },
  {
    id: 'KeeperErrors',
    means:
      'A run of the keeper failed at each of its three tries, or found no concurrency for an hour. Until one succeeds, subscriptions are not looked after, and what was put aside is not brought in.',
    shown: [{ log: 'keeper', pattern: '{ $.level = "ERROR" }' }],
    whatToDo:
      'See its log: it cannot start, has more firms than it can look at, or its secrets or table fail. `KEEPER_TOO_SLOW` there says [what to do with many firms](connecting-firms.md#many-firms), and `CALLBACK_URL_NOT_ANSWERED` that deliveries to [your domain](custom-domain.md) are lost until its record or certificate is mended. Deliveries and events go on meanwhile. After a deployment: deploy the version before.',
    // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html: dropped for its tries or for its age.
    metrics: ({ keeper }, { sum }) => [keeper.function.metric('AsyncEventsDropped', sum)],
    raised: 'at each run of the keeper',
  },
]

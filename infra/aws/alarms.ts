import { Duration, Stack } from 'aws-cdk-lib'
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import type { CallbackApi } from './callback-api.ts'
import type { Consumer } from './consumer.ts'
import type { EventQueues } from './event-queues.ts'
import type { Keeper } from './keeper.ts'
import type { LineMetrics } from './line-metrics.ts'
import type { Receiver } from './receiver.ts'
import { lasting, subscriptionAlarms } from './subscription-alarms.ts'

export interface AlarmsProps {
  readonly topic: ITopic
  readonly queues: EventQueues
  readonly receiver: Receiver
  readonly consumer: Consumer
  readonly keeper: Keeper
  readonly api: CallbackApi
  readonly metrics: LineMetrics
  /** After which a batch comes back whose invocation died. */
  readonly visibilityTimeout: Duration
  /** Between two looks at all subscriptions. */
  readonly subscriptionCheck: Duration
}

/** A metric that is to stay at or below `above`, but for `times` of the last `within` periods. */
export interface Watched {
  readonly means: string
  readonly metric: IMetric
  /** @default 0 */
  readonly above?: number
  /** @default 1 */
  readonly times?: number
  /** @default times */
  readonly within?: number
}

const period = Duration.minutes(5)
const hour = Duration.hours(1)
/** Requests in five minutes: beyond what a scanner of the internet sends. */
const clientErrorSpike = 100
const serverErrorSpike = 10

/** What somebody should be told. What each means and what to do is in its description, and at length in docs/alarms.md. */
export class Alarms extends Construct {
  readonly all: Alarm[] = []
  private readonly topic: ITopic

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id)
    const { topic, queues, receiver, consumer, keeper, api, metrics, visibilityTimeout, subscriptionCheck } =
      props
    this.topic = topic
    // A topic with a policy of its own has none any more that lets the whole account publish. An imported one is its owner's.
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    )
    const sum = { period, statistic: 'Sum' }

    this.alarm('DeadLetters', {
      means:
        'Events wait in the dead-letter queue: no handler will run for them again. Look at their reasons, mend, send them back.',
      metric: queues.deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
    })
    this.alarm('OldEvents', {
      means:
        'An event has waited for over a day. Handlers fail, are too slow, or do not run at all. Events are lost after 14 days.',
      metric: greatest(
        queues.events.metricApproximateAgeOfOldestMessage({ period: hour, statistic: 'Maximum' }),
        // The age of a queue leaves out what is delayed.
        metrics.oldestUnfinished({ period: hour }),
      ),
      above: Duration.days(1).toSeconds(),
      ...lasting(subscriptionCheck),
    })
    this.alarm('DelayedEvents', {
      means:
        'What is to be run later has waited for over an hour longer than it should: the consumer does not take it from the delay queue.',
      metric: queues.delayed.metricApproximateAgeOfOldestMessage({ period, statistic: 'Maximum' }),
      above: Duration.hours(1).toSeconds(),
    })
    this.alarm('LostRetries', {
      means:
        'An event was to be run again, and the table has it no more: its handlers that failed will not run. Replay what its resource has, or fetch it from Smokeball.',
      metric: metrics.events('expired', { period }),
    })
    this.alarm('StrayFailures', {
      means:
        'A failure in the handlers was caught by nobody: an `await` is forgotten, or a timer throws. The event it belongs to may count as handled. See the log of the consumer.',
      metric: metrics.strayFailures({ period }),
    })
    this.alarm('FailingEvents', {
      means:
        'A handler has failed for the fifth time for an event, which is still being tried. The error is in the log of the consumer.',
      metric: metrics.failingEvents({ period }),
    })
    this.alarm('SuspectedLoops', {
      means:
        "The circuit breaker has parked an event in the dead-letter queue: a handler's own writes seem to come back as events that no RequestId marks.",
      metric: metrics.suspectedLoops({ period }),
    })
    this.alarm('ReceiverErrors', {
      means:
        'Deliveries were not answered, or with 503: the receiver failed, its secret is not complete, or no queue took them. Smokeball may not send them again.',
      metric: together(receiver.function.metricErrors(sum), metrics.deliveries('unavailable', { period })),
    })
    this.alarm('ConsumerErrors', {
      means:
        'The consumer itself fails: it cannot start, runs out of time or memory, or DynamoDB or SQS fail. Events wait; none is lost.',
      metric: together(consumer.function.metricErrors(sum), metrics.events('error', { period })),
      times: 3,
      within: windowsOf(visibilityTimeout),
    })
    this.alarm('RefusedForAge', {
      means:
        'Deliveries were refused for their age, before their signature was looked at. If Smokeball sends late, widen toleranceMs; else somebody is trying.',
      metric: metrics.refusedForAge({ period }),
    })
    this.alarm('Quarantined', {
      means: 'A signed delivery was no notification, or came from the future. The dead-letter queue has it.',
      metric: metrics.deliveries('quarantined', { period }),
    })
    this.alarm('ClientErrors', {
      means:
        'Very many requests were refused: a wrong key or client id, somebody guessing, or throttling by API Gateway.',
      metric: api.stage.metricClientError(sum),
      above: clientErrorSpike - 1,
    })
    this.alarm('ServerErrors', {
      means: 'API Gateway answered many requests with 5xx: the receiver fails, or is throttled.',
      metric: api.stage.metricServerError(sum),
      above: serverErrorSpike - 1,
    })
    this.alarm('Throttles', {
      means:
        "The account's concurrency did not suffice for a function. Ask AWS for more, or lower maxConcurrency.",
      metric: together(...[receiver, consumer, keeper].map((one) => one.function.metricThrottles(sum))),
    })
    for (const [id, watched] of Object.entries(subscriptionAlarms(props))) this.alarm(id, watched)
  }

  private alarm(id: string, { means, metric, above = 0, times = 1, within = times }: Watched): void {
    const alarm = new Alarm(this, id, {
      alarmDescription: means,
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: within,
      datapointsToAlarm: times,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    })
    alarm.addAlarmAction(new SnsAction(this.topic))
    this.all.push(alarm)
  }
}

/** Windows in which a batch whose invocation dies each time comes three times; CloudWatch looks back a day at most. */
function windowsOf(visibilityTimeout: Duration): number {
  const windows = Math.ceil((3 * visibilityTimeout.toSeconds()) / period.toSeconds()) + 1
  return Math.min(Math.max(windows, 3), Duration.days(1).toSeconds() / period.toSeconds())
}

/** The greatest of them. */
function greatest(...metrics: IMetric[]): MathExpression {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`metric${index}`, metric]))
  const expression = `MAX([${Object.keys(usingMetrics)
    .map((id) => `FILL(${id}, 0)`)
    .join(', ')}])`
  return new MathExpression({ expression, usingMetrics, period: hour })
}

/** Metrics without a value count as none. */
function together(...metrics: IMetric[]): MathExpression {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`metric${index}`, metric]))
  const expression = Object.keys(usingMetrics)
    .map((id) => `FILL(${id}, 0)`)
    .join(' + ')
  return new MathExpression({ expression, usingMetrics, period })
}

import { Duration } from 'aws-cdk-lib'
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import type { CallbackApi } from './callback-api.ts'
import type { Consumer } from './consumer.ts'
import type { EventQueues } from './event-queues.ts'
import type { LineMetrics } from './line-metrics.ts'
import type { Receiver } from './receiver.ts'

export interface AlarmsProps {
  readonly topic: ITopic
  readonly queues: EventQueues
  readonly receiver: Receiver
  readonly consumer: Consumer
  readonly api: CallbackApi
  readonly metrics: LineMetrics
}

const period = Duration.minutes(5)
/** Requests in five minutes: beyond what a scanner of the internet sends. */
const clientErrorSpike = 100
const serverErrorSpike = 10

/** What somebody should be told. What each means and what to do is in its description, and at length in README. */
export class Alarms extends Construct {
  readonly all: Alarm[] = []
  private readonly topic: ITopic

  constructor(
    scope: Construct,
    id: string,
    { topic, queues, receiver, consumer, api, metrics }: AlarmsProps,
  ) {
    super(scope, id)
    this.topic = topic
    const sum = { period, statistic: 'Sum' }

    this.alarm('DeadLetters', {
      means:
        'Events wait in the dead-letter queue: no handler will run for them again. Look at their reasons, mend, send them back.',
      metric: queues.deadLetters.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum' }),
    })
    this.alarm('OldEvents', {
      means:
        'An event has waited for over a day. Handlers fail, are too slow, or do not run at all. Events are lost after 14 days.',
      metric: queues.events.metricApproximateAgeOfOldestMessage({ period, statistic: 'Maximum' }),
      above: Duration.days(1).toSeconds(),
    })
    this.alarm('FailingEvents', {
      means:
        'An event has failed for the fifth time and is still being tried. Its error is in the log of the consumer.',
      metric: metrics.failingEvents({ period }),
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
    })
    this.alarm('RefusedForAge', {
      means:
        'Signed deliveries were refused for their age alone. If Smokeball sends late, widen toleranceMs.',
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
      metric: together(receiver.function.metricThrottles(sum), consumer.function.metricThrottles(sum)),
    })
  }

  private alarm(id: string, of: { means: string; metric: IMetric; above?: number; times?: number }): void {
    const { means, metric, above = 0, times = 1 } = of
    const alarm = new Alarm(this, id, {
      alarmDescription: means,
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: times,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    })
    alarm.addAlarmAction(new SnsAction(this.topic))
    this.all.push(alarm)
  }
}

/** Metrics without a value count as none. */
function together(first: IMetric, second: IMetric): MathExpression {
  return new MathExpression({
    expression: 'FILL(first, 0) + FILL(second, 0)',
    usingMetrics: { first, second },
    period,
  })
}

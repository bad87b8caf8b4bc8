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
import { alarmMinutes, type WatchedAlarm, type WatchedParts, watchedAlarms } from './watched-alarms.ts'

export interface AlarmsProps {
  readonly topic: ITopic
  readonly parts: WatchedParts
  /** After which a batch comes back whose invocation died. */
  readonly visibilityTimeout: Duration
  /** Between two looks at all subscriptions. */
  readonly subscriptionCheck: Duration
}

/** The alarms of `watched-alarms.ts`, which tell the topic. */
export class Alarms extends Construct {
  readonly all: readonly Alarm[]

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id)
    const { topic } = props
    // A topic with a policy of its own has none any more that lets the whole account publish. An imported one is its owner's.
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    )
    this.all = watchedAlarms.map((watched) => this.alarm(watched, props))
  }

  private alarm(watched: WatchedAlarm, props: AlarmsProps): Alarm {
    const times = watched.times ?? 1
    const alarm = new Alarm(this, watched.id, {
      alarmDescription: watched.means,
      metric: metricOf(watched, props.parts),
      threshold: watched.above ?? 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periodsOf(watched, props) ?? times,
      datapointsToAlarm: times,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    })
    alarm.addAlarmAction(new SnsAction(props.topic))
    return alarm
  }
}

function periodsOf({ lasts, within }: WatchedAlarm, props: AlarmsProps): number | undefined {
  if (lasts) return Math.ceil(props.subscriptionCheck.toHours({ integral: false })) + 1
  return within?.({ visibilityTimeoutSeconds: props.visibilityTimeout.toSeconds() })
}

/** Metrics without a value count as none. */
function metricOf({ metrics, lasts, takes }: WatchedAlarm, parts: WatchedParts): IMetric {
  const period = lasts ? Duration.hours(1) : Duration.minutes(alarmMinutes)
  const all = metrics(parts, {
    period,
    sum: { period, statistic: 'Sum' },
    maximum: { period, statistic: 'Maximum' },
  })
  const [only] = all
  if (only && all.length === 1) return only
  const usingMetrics = Object.fromEntries(all.map((metric, index) => [`metric${index}`, metric]))
  const filled = Object.keys(usingMetrics).map((id) => `FILL(${id}, 0)`)
  const expression = takes === 'the greatest' ? `MAX([${filled.join(', ')}])` : filled.join(' + ')
  return new MathExpression({ expression, usingMetrics, period })
}

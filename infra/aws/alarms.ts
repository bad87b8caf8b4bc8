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
import { alarmText } from './alarm-text.ts'
import { type AlarmTiming, alarmTimings, type PipelineTimes } from './alarm-timings.ts'
import { type WatchedAlarm, type WatchedParts, watchedAlarms } from './watched-alarms.ts'

export interface AlarmsProps extends PipelineTimes {
  readonly topic: ITopic
  readonly parts: WatchedParts
}

/** The alarms of `watched-alarms.ts`, which tell the topic. */
export class Alarms extends Construct {
  readonly all: readonly Alarm[]
  /** Those that tell of deliveries which were lost. */
  readonly ofLosses: readonly Alarm[]

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
    this.ofLosses = this.all.filter((_, at) => watchedAlarms[at]?.isOfLosses)
  }

  private alarm(watched: WatchedAlarm, props: AlarmsProps): Alarm {
    const timing: AlarmTiming = alarmTimings[watched.raised ?? 'at once'](props)
    const alarm = new Alarm(this, watched.id, {
      alarmDescription: alarmText(watched, props.parts, Stack.of(this).stackName),
      metric: metricOf(watched, props.parts, Duration.minutes(timing.periodMinutes)),
      threshold: watched.above ?? 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: timing.periods,
      datapointsToAlarm: timing.datapoints,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    })
    alarm.addAlarmAction(new SnsAction(props.topic))
    return alarm
  }
}

/** Metrics without a value count as none. */
function metricOf({ metrics, takes }: WatchedAlarm, parts: WatchedParts, period: Duration): IMetric {
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

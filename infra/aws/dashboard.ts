import { Duration, Stack } from 'aws-cdk-lib'
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  SingleValueWidget,
} from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import { deliveryOutcomes, eventOutcomes, isTrouble, namesOf } from '../../shared/event/outcomes.ts'
import { nameBelowStack } from './name-below-stack.ts'
import type { WatchedParts } from './watched-alarms.ts'

export interface DashboardProps {
  readonly parts: WatchedParts
  readonly alarms: readonly IAlarm[]
}

const period = Duration.minutes(5)

/** An operator's questions, a row each: what comes in, what is refused and why, how far behind, what fails, who is connected. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { parts, alarms }: DashboardProps) {
    super(scope, id)
    const rows = [
      alarmRow(alarms),
      comesIn(parts),
      isRefused(parts),
      isBehind(parts),
      fails(parts),
      isConnected(parts),
    ]
    new CloudWatchDashboard(this, 'Dashboard', {
      // Dashboards of all regions share their names.
      dashboardName: `${nameBelowStack(scope, '-')}-${Stack.of(this).region}`,
      defaultInterval: Duration.days(1),
      widgets: rows.filter((row) => row.length > 0),
    })
  }
}

function alarmRow(alarms: readonly IAlarm[]): IWidget[] {
  if (alarms.length === 0) return []
  return [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 3 })]
}

function comesIn({ metrics, receiver }: WatchedParts): IWidget[] {
  return [
    graph(
      'What comes in: deliveries',
      namesOf(deliveryOutcomes).map((outcome) => metrics.deliveries(outcome, { label: outcome, period })),
      'stacked',
    ),
    graph(
      'What becomes of it: events',
      namesOf(eventOutcomes).map((outcome) => metrics.events(outcome, { label: outcome, period })),
      'stacked',
    ),
    graph(
      'How fast Smokeball has its answer (ms)',
      ['p50', 'p99', 'Maximum'].map((statistic) =>
        receiver.function.metricDuration({ statistic, label: statistic, period }),
      ),
    ),
  ]
}

/** Deliveries that no handler gets. */
const troubles = namesOf(deliveryOutcomes).filter((outcome) => isTrouble(deliveryOutcomes[outcome]))

function isRefused({ receiver, api }: WatchedParts): IWidget[] {
  return [
    new LogQueryWidget({
      title: 'What is refused, and why',
      logGroupNames: [receiver.logGroup.logGroupName],
      view: LogQueryVisualizationType.BAR,
      queryLines: [
        `filter message.delivery in [${troubles.map((outcome) => `"${outcome}"`).join(', ')}]`,
        'stats count(*) by message.delivery, message.why',
      ],
      width: 12,
    }),
    graph(
      'Answers of API Gateway',
      [
        api.stage.metricClientError({ statistic: 'Sum', label: '4xx', period }),
        api.stage.metricServerError({ statistic: 'Sum', label: '5xx', period }),
      ],
      'lines',
      12,
    ),
  ]
}

function isBehind({ queues, consumer }: WatchedParts): IWidget[] {
  const maximum = { statistic: 'Maximum', period }
  return [
    graph('How far behind: age of the oldest event (s)', [
      queues.events.metricApproximateAgeOfOldestMessage({ ...maximum, label: 'oldest event' }),
    ]),
    graph('Waiting, and being handled', [
      queues.events.metricApproximateNumberOfMessagesVisible({ ...maximum, label: 'waiting' }),
      queues.events.metricApproximateNumberOfMessagesNotVisible({
        ...maximum,
        label: 'in flight',
      }),
      queues.delayed.metricApproximateNumberOfMessagesDelayed({ ...maximum, label: 'to be run later' }),
    ]),
    graph(
      'How long a batch takes (ms)',
      ['p50', 'p99', 'Maximum'].map((statistic) =>
        consumer.function.metricDuration({ statistic, label: statistic, period }),
      ),
    ),
  ]
}

function fails({ queues, receiver, consumer, keeper }: WatchedParts): IWidget[] {
  const sum = { statistic: 'Sum', period }
  return [
    new SingleValueWidget({
      title: 'Dead letters',
      metrics: [
        queues.deadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period }),
      ],
      width: 4,
      height: 6,
    }),
    graph(
      'Errors and throttles of the functions',
      [
        receiver.function.metricErrors({ ...sum, label: 'receiver errors' }),
        consumer.function.metricErrors({ ...sum, label: 'consumer errors' }),
        keeper.function.metricErrors({ ...sum, label: 'keeper errors' }),
        receiver.function.metricThrottles({ ...sum, label: 'receiver throttles' }),
        consumer.function.metricThrottles({ ...sum, label: 'consumer throttles' }),
        keeper.function.metricThrottles({ ...sum, label: 'keeper throttles' }),
      ],
      'lines',
      8,
    ),
    new LogQueryWidget({
      title: 'What fails',
      logGroupNames: [consumer.logGroup.logGroupName],
      view: LogQueryVisualizationType.TABLE,
      queryLines: [
        'filter ispresent(message.failure)',
        'fields @timestamp, message.failure as handler, message.resource as resource, message.id as event, substr(message.error, 0, 200) as error',
        'sort @timestamp desc',
        'limit 50',
      ],
      width: 12,
    }),
  ]
}

/** Tells: is each firm connected, and do the handlers' own writes come back as work. */
function isConnected({ metrics, keeper, consumer }: WatchedParts): IWidget[] {
  return [
    graph('Subscriptions and loops', [
      metrics.subscriptionRepairs({ label: 'subscriptions put right', period }),
      metrics.failingCredentials({ label: 'credentials not taken', period }),
      metrics.suspectedLoops({ label: 'suspected loops', period }),
    ]),
    new LogQueryWidget({
      title: 'What the keeper did',
      logGroupNames: [keeper.logGroup.logGroupName],
      view: LogQueryVisualizationType.TABLE,
      queryLines: [
        'filter message.subscription in ["created", "updated", "repaired", "failed"]',
        'fields @timestamp, message.subscription as subscription, message.account as account, message.why as why',
        'sort @timestamp desc',
        'limit 50',
      ],
      width: 8,
    }),
    new LogQueryWidget({
      title: 'Suspected loops',
      logGroupNames: [consumer.logGroup.logGroupName],
      view: LogQueryVisualizationType.TABLE,
      queryLines: [
        'filter message.loop = "suspected"',
        'fields @timestamp, message.handler as handler, message.type as type, message.resource as resource, message.id as event',
        'sort @timestamp desc',
        'limit 50',
      ],
      width: 8,
    }),
  ]
}

/** A third of a dashboard's row, unless told otherwise. */
function graph(
  title: string,
  metrics: IMetric[],
  kind: 'lines' | 'stacked' = 'lines',
  width = 8,
): GraphWidget {
  return new GraphWidget({ title, left: metrics, stacked: kind === 'stacked', width, leftYAxis: { min: 0 } })
}

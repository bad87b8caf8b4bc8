import { Duration, Stack } from 'aws-cdk-lib'
import {
  AlarmStatusWidget,
  Dashboard as CloudWatchDashboard,
  type IWidget,
  LogQueryVisualizationType,
  LogQueryWidget,
  SingleValueWidget,
} from 'aws-cdk-lib/aws-cloudwatch'
import { Construct } from 'constructs'
import { deliveryOutcomes, eventOutcomes, isTrouble, namesOf } from '../../shared/event/outcomes.ts'
import type { Alarms } from './alarms.ts'
import type { CallbackApi } from './callback-api.ts'
import type { Consumer } from './consumer.ts'
import type { EventQueues } from './event-queues.ts'
import { graph } from './graph.ts'
import type { Keeper } from './keeper.ts'
import type { LineMetrics } from './line-metrics.ts'
import { nameBelowStack } from './name-below-stack.ts'
import type { Receiver } from './receiver.ts'
import { subscriptionsRow } from './subscriptions-row.ts'

export interface DashboardProps {
  readonly queues: EventQueues
  readonly receiver: Receiver
  readonly consumer: Consumer
  readonly keeper: Keeper
  readonly api: CallbackApi
  readonly metrics: LineMetrics
  readonly alarms: Alarms | undefined
}

const period = Duration.minutes(5)

/** An operator's questions, a row each: what comes in, what is refused and why, how far behind, what fails, who is connected. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, props: DashboardProps) {
    super(scope, id)
    const rows = [
      alarmRow(props),
      comesIn(props),
      isRefused(props),
      isBehind(props),
      fails(props),
      subscriptionsRow(props, period),
    ]
    new CloudWatchDashboard(this, 'Dashboard', {
      // Dashboards of all regions share their names.
      dashboardName: `${nameBelowStack(scope, '-')}-${Stack.of(this).region}`,
      defaultInterval: Duration.days(1),
      widgets: rows.filter((row) => row.length > 0),
    })
  }
}

function alarmRow({ alarms }: DashboardProps): IWidget[] {
  return alarms ? [new AlarmStatusWidget({ title: 'Alarms', alarms: alarms.all, width: 24, height: 3 })] : []
}

function comesIn({ metrics, receiver }: DashboardProps): IWidget[] {
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

function isRefused({ receiver, api }: DashboardProps): IWidget[] {
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

function isBehind({ queues, consumer }: DashboardProps): IWidget[] {
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

function fails({ queues, receiver, consumer, keeper }: DashboardProps): IWidget[] {
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

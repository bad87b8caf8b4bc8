import type { Duration } from 'aws-cdk-lib'
import { type IWidget, LogQueryVisualizationType, LogQueryWidget } from 'aws-cdk-lib/aws-cloudwatch'
import type { DashboardProps } from './dashboard.ts'
import { graph } from './graph.ts'

/** A dashboard's row: is each firm connected, and do the handlers' own writes come back as work. */
export function subscriptionsRow(
  { metrics, keeper, consumer }: Pick<DashboardProps, 'metrics' | 'keeper' | 'consumer'>,
  period: Duration,
): IWidget[] {
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

import { Duration } from 'aws-cdk-lib'
import type { AlarmsProps, Watched } from './alarms.ts'
import { keeperTries } from './keeper.ts'

/**
 * What lasts shows at each run of the keeper alone. Looking back beyond the last one, by the hour, an alarm lasts as well, and
 * tells of it once.
 */
export function lasting(subscriptionCheck: Duration): { times: number; within: number } {
  return { times: 1, within: Math.ceil(subscriptionCheck.toHours({ integral: false })) + 1 }
}

/** What keeps firms from being connected, by the alarms' ids. */
export function subscriptionAlarms({
  keeper,
  metrics,
  subscriptionCheck,
}: Pick<AlarmsProps, 'keeper' | 'metrics' | 'subscriptionCheck'>): Record<string, Watched> {
  const hourly = { period: Duration.hours(1) }
  return {
    SubscriptionRepairs: {
      means:
        'A subscription was missing at Smokeball or not as it should be, and has been put right: events since the check before may be lost.',
      metric: metrics.subscriptionRepairs({ period: Duration.minutes(5) }),
    },
    FailingCredentials: {
      means:
        "Smokeball no longer takes a firm's credentials, so that nobody looks after its subscription. The keeper's log says which: connect the firm again.",
      metric: metrics.failingCredentials(hourly),
      ...lasting(subscriptionCheck),
    },
    KeeperErrors: {
      means:
        'The keeper itself failed at each of its three tries: it cannot start, runs out of time, or its secrets or table fail. Subscriptions are not looked after.',
      metric: keeper.function.metricErrors({ ...hourly, statistic: 'Sum' }),
      // All tries of a run take place within an hour.
      above: keeperTries - 1,
      ...lasting(subscriptionCheck),
    },
  }
}

import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { FilterPattern, type ILogGroup, type JsonPattern, MetricFilter } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import {
  type DeliveryOutcome,
  deliveryOutcomes,
  type EventOutcome,
  eventOutcomes,
  namesOf,
} from '../../shared/event/outcomes.ts'
import { lineMark } from '../../shared/runtime/json-log.ts'
import { nameBelowStack } from './name-below-stack.ts'

export interface LineMetricsProps {
  readonly receiverLogs: ILogGroup
  readonly consumerLogs: ILogGroup
  readonly keeperLogs: ILogGroup
}

/** A text that nobody foresaw would be a metric to pay for. */
function isOneOf(field: string, texts: readonly string[]): JsonPattern {
  return FilterPattern.any(...texts.map((text) => FilterPattern.stringValue(field, '=', text)))
}

/** Failures of a handler for one event after which somebody should look, while it is still being tried. */
const worryingAttempt = 5

/**
 * Metrics from the functions' canonical log lines, in a namespace of the stack's. One metric of milliseconds tells both
 * how many and how long, since each sample is a line: half as many metrics to pay for. The outcome is the only dimension. Only lines with our mark
 * count: a handler may log an object with any of these fields.
 */
export class LineMetrics extends Construct {
  private readonly namespace: string

  constructor(scope: Construct, id: string, { receiverLogs, consumerLogs, keeperLogs }: LineMetricsProps) {
    super(scope, id)
    this.namespace = nameBelowStack(scope, '/')
    this.filter('Deliveries', receiverLogs, 'DeliveryMilliseconds', {
      lines: isOneOf('$.message.delivery', namesOf(deliveryOutcomes)),
      metricValue: '$.message.ms',
      dimensions: { outcome: '$.message.delivery' },
    })
    this.filter('Events', consumerLogs, 'EventMilliseconds', {
      lines: isOneOf('$.message.event', namesOf(eventOutcomes)),
      metricValue: '$.message.ms',
      dimensions: { outcome: '$.message.event' },
    })
    this.filter('RefusedForAge', receiverLogs, 'RefusedForAge', {
      lines: FilterPattern.all(
        FilterPattern.stringValue('$.message.delivery', '=', 'refused'),
        isOneOf('$.message.why', ['too-old', 'too-new']),
      ),
    })
    this.filter('FailingEvents', consumerLogs, 'FailingEvents', {
      lines: FilterPattern.all(
        FilterPattern.stringValue('$.message.event', '=', 'failed'),
        FilterPattern.numberValue('$.message.attempt', '=', worryingAttempt),
      ),
    })
    this.filter('SuspectedLoops', consumerLogs, 'SuspectedLoops', {
      lines: FilterPattern.stringValue('$.message.loop', '=', 'suspected'),
    })
    this.filter('StrayFailures', consumerLogs, 'StrayFailures', {
      lines: FilterPattern.stringValue('$.message.failure', '=', 'stray'),
    })
    this.filter('OldestUnfinished', keeperLogs, 'OldestUnfinishedSeconds', {
      lines: FilterPattern.exists('$.message.unfinished'),
      metricValue: '$.message.oldestSeconds',
    })
    this.filter('SubscriptionRepairs', keeperLogs, 'SubscriptionRepairs', {
      lines: FilterPattern.stringValue('$.message.subscription', '=', 'repaired'),
    })
    this.filter('FailingCredentials', keeperLogs, 'FailingCredentials', {
      lines: FilterPattern.all(
        FilterPattern.stringValue('$.message.subscription', '=', 'failed'),
        FilterPattern.stringValue('$.message.why', '=', 'credentials'),
      ),
    })
  }

  /** How many deliveries came to this. */
  deliveries(outcome: DeliveryOutcome, options?: MetricOptions): Metric {
    return this.metric('DeliveryMilliseconds', {
      statistic: 'SampleCount',
      dimensionsMap: { outcome },
      ...options,
    })
  }

  /** How many times an event came to this. */
  events(outcome: EventOutcome, options?: MetricOptions): Metric {
    return this.metric('EventMilliseconds', {
      statistic: 'SampleCount',
      dimensionsMap: { outcome },
      ...options,
    })
  }

  /** Deliveries that were refused for their age alone. */
  refusedForAge(options?: MetricOptions): Metric {
    return this.metric('RefusedForAge', options)
  }

  /** Events for which a handler failed for the fifth time. */
  failingEvents(options?: MetricOptions): Metric {
    return this.metric('FailingEvents', options)
  }

  /** Events that the circuit breaker parked, since their handler's own writes seem to come back. */
  suspectedLoops(options?: MetricOptions): Metric {
    return this.metric('SuspectedLoops', options)
  }

  /** Failures in handlers that nobody caught. */
  strayFailures(options?: MetricOptions): Metric {
    return this.metric('StrayFailures', options)
  }

  /** How long ago the oldest event was received that is not finished, in seconds, as the keeper sees it every hour. */
  oldestUnfinished(options?: MetricOptions): Metric {
    return this.metric('OldestUnfinishedSeconds', { statistic: 'Maximum', ...options })
  }

  /** Subscriptions that were missing or altered, and put right. */
  subscriptionRepairs(options?: MetricOptions): Metric {
    return this.metric('SubscriptionRepairs', options)
  }

  /** Looks at a firm's subscription that its credentials did not allow. */
  failingCredentials(options?: MetricOptions): Metric {
    return this.metric('FailingCredentials', options)
  }

  private filter(
    id: string,
    logGroup: ILogGroup,
    metricName: string,
    { lines, ...of }: { lines: JsonPattern; metricValue?: string; dimensions?: Record<string, string> },
  ): void {
    const filterPattern = FilterPattern.all(FilterPattern.numberValue(`$.message.${lineMark}`, '=', 1), lines)
    new MetricFilter(this, id, {
      logGroup,
      metricNamespace: this.namespace,
      metricName,
      filterPattern,
      ...of,
    })
  }

  private metric(metricName: string, options: MetricOptions = {}): Metric {
    return new Metric({ namespace: this.namespace, metricName, statistic: 'Sum', ...options })
  }
}

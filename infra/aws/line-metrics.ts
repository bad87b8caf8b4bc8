import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import { FilterPattern, type ILogGroup, type JsonPattern, MetricFilter } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import {
  answers,
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
  readonly accessLogs: ILogGroup
}

/** A text that nobody foresaw would be a metric to pay for. */
function isOneOf(field: string, texts: readonly string[]): JsonPattern {
  return FilterPattern.any(...texts.map((text) => FilterPattern.stringValue(field, '=', text)))
}

const isOutcome = (outcome: DeliveryOutcome) => isOneOf('$.message.delivery', [outcome])
/** Those whose sender has neither a 200 nor a 401. */
const lostOutcomes = namesOf(deliveryOutcomes).filter((outcome) => ![200, 401].includes(answers[outcome][0]))
const givenUpOutcomes = ['dead-lettered', 'expired'] satisfies EventOutcome[]
/** Failures of a handler for one event after which somebody should look, while it is still being tried. */
const worryingAttempt = 5
/** What is put aside is brought in every five minutes. */
const worryingAsideSeconds = 15 * 60
const worryingAgeSeconds = 24 * 3_600
/** Half a day after its turn, in which it may be made up for. */
const worryingCatchUpSeconds = 12 * 3_600

/**
 * What API Gateway answered by itself, or for a receiver that did not. Its page "Monitor HTTP APIs" says that it may write neither
 * log nor metric of a 413, of very many 429 and of 5xx that are failures of its own. It documents no other trace of them.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-monitor.html
 */
const lostAtGateway = isOneOf('$.status', ['429', '413', '5*'])

/**
 * Metrics from the functions' canonical log lines, in a namespace of the stack's. One metric of milliseconds tells both
 * how many and how long, since each sample is a line: half as many metrics to pay for. The outcome is the only dimension. Only lines with our mark
 * count: a handler may log an object with any of these fields. Several filters may count into one metric, and a metric without
 * a value costs nothing: so the counts for alarms leave out what is as it should be.
 */
export class LineMetrics extends Construct {
  private readonly namespace: string

  constructor(scope: Construct, id: string, logs: LineMetricsProps) {
    super(scope, id)
    this.namespace = nameBelowStack(scope, '/')
    this.countOutcomes(logs)
    this.countLosses(logs)
    this.countFailures(logs)
    this.countSubscriptions(logs)
  }

  private countOutcomes({ receiverLogs, consumerLogs }: LineMetricsProps): void {
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
  }

  private countLosses({ receiverLogs, consumerLogs, keeperLogs, accessLogs }: LineMetricsProps): void {
    this.filter('UntakenDeliveries', receiverLogs, 'LostDeliveries', {
      lines: isOneOf('$.message.delivery', lostOutcomes),
    })
    new MetricFilter(this, 'DeliveriesLostAtGateway', {
      logGroup: accessLogs,
      metricNamespace: this.namespace,
      metricName: 'LostDeliveries',
      filterPattern: lostAtGateway,
    })
    this.filter('RefusedDeliveries', receiverLogs, 'RefusedDeliveries', {
      lines: FilterPattern.all(
        FilterPattern.stringValue('$.message.delivery', '=', 'refused'),
        // A scanner's requests have no header of Smokeball's.
        FilterPattern.stringValue('$.message.why', '!=', 'missing-header'),
      ),
    })
    this.filter('GivenUpEvents', consumerLogs, 'GivenUpEvents', {
      lines: isOneOf('$.message.event', givenUpOutcomes),
    })
    this.filter('QuarantinedDeliveries', receiverLogs, 'GivenUpEvents', {
      lines: FilterPattern.any(
        isOutcome('quarantined'),
        // What was put aside is told of when it cannot be brought in; with a reason, it goes to the dead letters.
        FilterPattern.all(isOutcome('put-aside'), FilterPattern.exists('$.message.why')),
      ),
    })
    this.filter('GivenUpAside', keeperLogs, 'GivenUpEvents', {
      lines: FilterPattern.numberValue('$.message.givenUp', '>', 0),
      metricValue: '$.message.givenUp',
    })
    this.filter('NotBroughtIn', keeperLogs, 'NotBroughtIn', {
      lines: FilterPattern.numberValue('$.message.asideSeconds', '>', worryingAsideSeconds),
    })
    this.filter('OldestUnfinished', keeperLogs, 'OldestUnfinishedSeconds', {
      lines: FilterPattern.numberValue('$.message.oldestSeconds', '>', worryingAgeSeconds),
      metricValue: '$.message.oldestSeconds',
    })
  }

  private countFailures({ consumerLogs }: LineMetricsProps): void {
    const isStray = FilterPattern.stringValue('$.message.failure', '=', 'stray')
    this.filter('HandlerFailures', consumerLogs, 'HandlerFailures', {
      lines: FilterPattern.any(
        isStray,
        FilterPattern.all(
          FilterPattern.stringValue('$.message.event', '=', 'failed'),
          FilterPattern.numberValue('$.message.attempt', '=', worryingAttempt),
        ),
      ),
    })
    this.filter('RecoveredEvents', consumerLogs, 'RecoveredEvents', {
      lines: FilterPattern.numberValue('$.message.recovered', '=', 1),
    })
    this.filter('StrayFailures', consumerLogs, 'StrayFailures', { lines: isStray })
    this.filter('SuspectedLoops', consumerLogs, 'SuspectedLoops', {
      lines: FilterPattern.stringValue('$.message.loop', '=', 'suspected'),
    })
  }

  private countSubscriptions({ keeperLogs }: LineMetricsProps): void {
    this.filter('CatchUpBehind', keeperLogs, 'CatchUpBehind', {
      lines: FilterPattern.numberValue('$.message.behindSeconds', '>', worryingCatchUpSeconds),
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

  /** Deliveries that came, and that neither a queue nor the table has: too many, too large, or a failure. */
  lostDeliveries(options?: MetricOptions): Metric {
    return this.metric('LostDeliveries', options)
  }

  /** Deliveries with Smokeball's headers that were refused, for their age, for another key, or for how they write the time. */
  refusedDeliveries(options?: MetricOptions): Metric {
    return this.metric('RefusedDeliveries', options)
  }

  /** Events that became dead letters, or whose record was gone when they were to be run again. */
  givenUpEvents(options?: MetricOptions): Metric {
    return this.metric('GivenUpEvents', options)
  }

  /** Events that no delivery had told of, and that catch-up found. */
  recoveredEvents(options?: MetricOptions): Metric {
    return this.metric('RecoveredEvents', options)
  }

  /** Runs of the keeper that left a list which was not walked for too long. */
  catchUpBehind(options?: MetricOptions): Metric {
    return this.metric('CatchUpBehind', options)
  }

  /** Runs of the keeper that found something that has been put aside for too long. */
  notBroughtIn(options?: MetricOptions): Metric {
    return this.metric('NotBroughtIn', options)
  }

  /** Events for which a handler failed for the fifth time, and failures in handlers that nobody caught. */
  handlerFailures(options?: MetricOptions): Metric {
    return this.metric('HandlerFailures', options)
  }

  /** Events that the circuit breaker parked, since their handler's own writes seem to come back. */
  suspectedLoops(options?: MetricOptions): Metric {
    return this.metric('SuspectedLoops', options)
  }

  /** Failures in handlers that nobody caught. */
  strayFailures(options?: MetricOptions): Metric {
    return this.metric('StrayFailures', options)
  }

  /** How long ago the oldest event was received that is not finished, in seconds, as the keeper sees it: from a day on. */
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

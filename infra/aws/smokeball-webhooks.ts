import { RemovalPolicy, Stack } from 'aws-cdk-lib'
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch'
import type { ITable, Table } from 'aws-cdk-lib/aws-dynamodb'
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { ILogGroup } from 'aws-cdk-lib/aws-logs'
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import type { DeliveryOutcome, EventOutcome } from '../../shared/event/outcomes.ts'
import { variables } from '../../shared/runtime/environment.ts'
import { patternsText } from '../../shared/subscriptions/patterns-text.ts'
import { deployable } from '../bundle/deployable.ts'
import type { HandlerInfo } from '../bundle/read-handlers.ts'
import { Alarms } from './alarms.ts'
import { CallbackApi } from './callback-api.ts'
import { CommandOutputs } from './command-outputs.ts'
import { Consumer } from './consumer.ts'
import { Dashboard } from './dashboard.ts'
import { EncryptionKeys, letCloudWatchUse } from './encryption.ts'
import { EventQueues } from './event-queues.ts'
import { EventTable } from './event-table.ts'
import { GeneratedSecret } from './generated-secret.ts'
import { Keeper } from './keeper.ts'
import { LineMetrics } from './line-metrics.ts'
import { Receiver } from './receiver.ts'
import { resolveProps, type SmokeballWebhooksProps } from './resolve-props.ts'
import type { WatchedParts } from './watched-alarms.ts'

/**
 * Receives Smokeball's deliveries at `callbackUrl` and runs the handlers, once and in order. Gives its stack the outputs by
 * which the commands find it (`--stack NAME`); of several in one stack, they find the first. Throws
 * `InvalidWebhooksProps` for what cannot work, and `UsageError` for handlers that cannot be bundled or loaded.
 */
export class SmokeballWebhooks extends Construct {
  /** What Smokeball is to call. */
  readonly callbackUrl: string
  /** All URLs at which a pipeline with domains is called, API Gateway's own first. Undefined: it has no domain. */
  readonly ownUrls: readonly string[] | undefined
  /** Domains whose records are not set by the stack, and what each has to point to. */
  readonly domainTargets: readonly { readonly name: string; readonly target: string }[]
  readonly table: ITable | Table
  readonly queue: Queue
  readonly deadLetterQueue: Queue
  /** What is to be run later waits here. */
  readonly delayQueue: Queue
  readonly receiver: LambdaFunction
  readonly consumer: LambdaFunction
  /** Sees to the firms' subscriptions, by schedule and when it is invoked. */
  readonly keeper: LambdaFunction
  /** A line for each request, without bodies and headers. */
  readonly accessLogGroup: ILogGroup
  /** `{ signingKey }`, generated; `clientId` is put in after the deployment. */
  readonly webhookSecret: Secret
  /** For the API's credentials; `requestIdKey` is generated. */
  readonly apiSecret: Secret
  /** The handlers that are deployed. */
  readonly handlers: readonly HandlerInfo[]
  /** The patterns that they subscribe to, as `patternsText` writes them. */
  readonly eventTypes: string
  /** A stack has them once, of the first pipeline in it. */
  private readonly outputs: CommandOutputs | undefined
  private readonly parts: { table: EventTable; queues: EventQueues; keeper: Keeper; metrics: LineMetrics }

  constructor(scope: Construct, id: string, props: SmokeballWebhooksProps) {
    super(scope, id)
    const { alarms: decision, removalPolicy = RemovalPolicy.RETAIN } = props
    const resolved = resolveProps(props, Stack.of(this).region)
    const bundles = deployable(resolved.handlers)
    this.eventTypes = patternsText(bundles.handlers)
    // A first deployment that fails takes back what it made, but for the table, whose deletion protection forbids it.
    const ofQueuesAndLogs =
      removalPolicy === RemovalPolicy.RETAIN ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : removalPolicy

    const { encryptionKey } = resolved
    if (encryptionKey) letCloudWatchUse(encryptionKey, this, { hasAlarms: 'topic' in decision })
    const keys = new EncryptionKeys(this, 'Keys', {
      current: encryptionKey,
      previous: resolved.previousEncryptionKeys,
    })
    const webhookSecret = new GeneratedSecret(this, 'WebhookSecret', {
      key: 'signingKey',
      description: 'Smokeball deliveries: signingKey, clientId, previousSigningKeys',
      keys,
    })
    const apiSecret = new GeneratedSecret(this, 'ApiSecret', {
      key: 'requestIdKey',
      description: "Smokeball's API: credentials, and the key that marks RequestIds as ours",
      keys,
    })
    const queues = new EventQueues(this, 'Queues', {
      visibilityTimeout: resolved.visibilityTimeout,
      removalPolicy: ofQueuesAndLogs,
      keys,
    })
    const table = new EventTable(this, 'EventTable', { removalPolicy, keys })

    const receiver = new Receiver(this, 'Receiver', {
      bundle: bundles.receiver,
      resolved,
      queues,
      table,
      secret: webhookSecret,
      removalPolicy: ofQueuesAndLogs,
    })
    const api = new CallbackApi(this, 'Api', { receiver: receiver.function, resolved })
    const consumer = new Consumer(this, 'Consumer', {
      bundle: bundles.consumer,
      resolved,
      queues,
      table,
      apiSecret,
      removalPolicy: ofQueuesAndLogs,
    })

    const keeper = new Keeper(this, 'Keeper', {
      bundle: bundles.keeper,
      resolved,
      table,
      queues,
      apiSecret,
      webhookSecret,
      callbackUrl: api.callbackUrl,
      ownUrls: api.ownUrls,
      eventTypes: this.eventTypes,
      removalPolicy: ofQueuesAndLogs,
    })

    keys.grantBefore(webhookSecret, apiSecret, queues, table)

    const metrics = new LineMetrics(this, 'Metrics', {
      receiverLogs: receiver.logGroup,
      consumerLogs: consumer.logGroup,
      keeperLogs: keeper.logGroup,
      accessLogs: api.logGroup,
    })
    const parts: WatchedParts = { queues, receiver, consumer, keeper, api, metrics }
    const alarms =
      'topic' in decision
        ? new Alarms(this, 'Alarms', {
            topic: decision.topic,
            parts,
            visibilityTimeoutSeconds: resolved.visibilityTimeout.toSeconds(),
            subscriptionCheckMinutes: resolved.subscriptionCheckMinutes,
          })
        : undefined
    if (alarms && resolved.catchUp !== 'off') keeper.walkAfter(alarms.ofLosses)
    if (resolved.dashboard) new Dashboard(this, 'Dashboard', { parts, alarms: alarms?.all ?? [] })

    this.callbackUrl = api.callbackUrl
    this.ownUrls = api.ownUrls
    this.domainTargets = api.domains.flatMap(({ domainName: name, target }) =>
      target === undefined ? [] : [{ name, target }],
    )
    this.table = table.table
    this.queue = queues.events
    this.deadLetterQueue = queues.deadLetters
    this.delayQueue = queues.delayed
    this.receiver = receiver.function
    this.consumer = consumer.function
    this.keeper = keeper.function
    this.accessLogGroup = api.logGroup
    this.webhookSecret = webhookSecret.secret
    this.apiSecret = apiSecret.secret
    this.handlers = bundles.handlers
    const isFirst = !Stack.of(this)
      .node.findAll()
      .some((each) => each instanceof SmokeballWebhooks && each !== this)
    this.outputs = isFirst
      ? new CommandOutputs(this, 'Outputs', {
          webhooks: this,
          topic: 'topic' in decision ? decision.topic : undefined,
          encryptionKey,
          connectedAccountsOnly: String(resolved.connectedAccountsOnly ?? false),
        })
      : undefined
    this.parts = { table, queues, keeper, metrics }
  }

  /**
   * Whether events of connected accounts alone are taken, by a value that is known only when the stack is deployed, such as a
   * parameter's: `true` or `false`. It takes the place of `connectedAccountsOnly`.
   */
  takeConnectedAccountsOnly(value: string): void {
    this.consumer.addEnvironment(variables.connectedAccountsOnly, value)
    this.outputs?.tellConnectedAccountsOnly(value)
  }

  /** Reads events and what became of them. */
  grantReadEvents(grantee: IGrantable): Grant {
    return this.parts.table.grantRead(grantee)
  }

  /** Takes dead letters and puts them back into the queue of events. */
  grantRedrive(grantee: IGrantable): Grant {
    return this.parts.queues.grantRedrive(grantee)
  }

  /** Invokes the keeper: to connect a firm, to record an API write, to have all firms looked after. */
  grantConnect(grantee: IGrantable): Grant {
    return this.parts.keeper.grantInvoke(grantee)
  }

  /** How many deliveries came to this. */
  metricDeliveries(outcome: DeliveryOutcome, options?: MetricOptions): Metric {
    return this.parts.metrics.deliveries(outcome, options)
  }

  /** How many times an event came to this. */
  metricEvents(outcome: EventOutcome, options?: MetricOptions): Metric {
    return this.parts.metrics.events(outcome, options)
  }

  /** Subscriptions that were missing or altered, and put right. */
  metricSubscriptionRepairs(options?: MetricOptions): Metric {
    return this.parts.metrics.subscriptionRepairs(options)
  }

  /** How many times Smokeball did not take a firm's credentials. */
  metricFailingCredentials(options?: MetricOptions): Metric {
    return this.parts.metrics.failingCredentials(options)
  }

  /** Events that the circuit breaker parked. */
  metricSuspectedLoops(options?: MetricOptions): Metric {
    return this.parts.metrics.suspectedLoops(options)
  }

  /** Failures in handlers that nobody caught: a forgotten `await`, a timer. */
  metricStrayFailures(options?: MetricOptions): Metric {
    return this.parts.metrics.strayFailures(options)
  }

  /** Messages in the dead-letter queue. */
  metricDeadLetters(options?: MetricOptions): Metric {
    return this.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', ...options })
  }
}

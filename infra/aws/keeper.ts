import { Duration, type RemovalPolicy, Stack } from 'aws-cdk-lib'
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch'
import { Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import { Grant, type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import {
  ContextAttribute,
  Schedule,
  ScheduleExpression,
  ScheduleTargetInput,
  TimeWindow,
} from 'aws-cdk-lib/aws-scheduler'
import { LambdaInvoke } from 'aws-cdk-lib/aws-scheduler-targets'
import { Construct } from 'constructs'
import { pipelineEnvironment } from '../settings/function-environment.ts'
import { bringInMinutes, catchUpMinutes, keeper as limits } from '../settings/topology.ts'
import type { EventQueues } from './event-queues.ts'
import type { EventTable } from './event-table.ts'
import type { GeneratedSecret } from './generated-secret.ts'
import type { ResolvedProps } from './resolve-props.ts'
import { WebhookFunction } from './webhook-function.ts'

export interface KeeperProps {
  readonly bundle: string
  readonly resolved: ResolvedProps
  readonly table: EventTable
  readonly queues: EventQueues
  readonly apiSecret: GeneratedSecret
  readonly webhookSecret: GeneratedSecret
  readonly callbackUrl: string
  readonly ownUrls: readonly string[] | undefined
  /** What the handlers subscribe to, as the variable has it. */
  readonly eventTypes: string
  readonly removalPolicy: RemovalPolicy
}

/** For as long, Lambda holds an invocation for which there is no concurrency. */
const maxEventAge = Duration.hours(1)
/** How often the scheduler tries a run again that Lambda does not take; the next one makes up for it. */
const schedulerRetries = 5

/**
 * Sees to it, again and again, that each firm's subscription at Smokeball exists and is right, and that what was put aside comes
 * into its queue.
 */
export class Keeper extends Construct {
  readonly function: WebhookFunction['function']
  readonly logGroup: WebhookFunction['logGroup']

  constructor(scope: Construct, id: string, props: KeeperProps) {
    super(scope, id)
    const { resolved, table, queues, apiSecret, webhookSecret } = props
    const made = new WebhookFunction(this, 'Lambda', {
      description: "Keeps the firms' subscriptions at Smokeball",
      bundle: props.bundle,
      memoryMb: limits.memoryMb,
      timeout: Duration.millis(limits.timeoutMs),
      tracing: resolved.tracing,
      logRetentionDays: resolved.logRetentionDays,
      removalPolicy: props.removalPolicy,
      encryptionKey: resolved.encryptionKey,
      environment: pipelineEnvironment('keeper', {
        tableName: table.table.tableName,
        delayQueueUrl: queues.delayed.queueUrl,
        queueUrl: queues.events.queueUrl,
        deadLetterQueueUrl: queues.deadLetters.queueUrl,
        apiSecretId: apiSecret.secret.secretArn,
        webhookSecretId: webhookSecret.secret.secretArn,
        callbackUrl: props.callbackUrl,
        ownUrls: props.ownUrls?.join(' '),
        eventTypes: props.eventTypes,
        subscriptionName: Stack.of(this).stackName,
        catchUp: catchUpText(resolved.catchUp),
      }),
    })
    this.function = made.function
    this.logGroup = made.logGroup
    this.function.configureAsyncInvoke({ retryAttempts: limits.tries - 1, maxEventAge })
    table.grantAccounts(this.function)
    table.grantReadDue(this.function)
    queues.grantDelay(this.function)
    table.grantBringIn(this.function)
    queues.grantSend(this.function)
    if (resolved.catchUp !== 'off') {
      table.grantCatchUp(this.function)
      queues.grantCountEvents(this.function)
    }
    apiSecret.grantRead(this.function)
    webhookSecret.grantRead(this.function)
    this.runOnSchedules(resolved)
  }

  /** Invokes the function, and none of its versions. */
  grantInvoke(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [this.function.functionArn],
    })
  }

  /**
   * Has lists walked after deliveries were lost: it is told when such an alarm is raised, and, since losses may have gone on until
   * then, when it is over.
   * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
   */
  walkAfter(alarms: readonly Alarm[]): void {
    const isAlarm = { value: Match.exactString('ALARM') }
    const rule = new Rule(this, 'LossRule', {
      description: 'Tells the keeper that deliveries were lost',
      eventPattern: {
        source: Match.exactString('aws.cloudwatch'),
        detailType: Match.exactString('CloudWatch Alarm State Change'),
        resources: alarms.map(({ alarmArn }) => alarmArn),
        detail: { $or: [{ state: isAlarm }, { previousState: isAlarm }] },
      },
    })
    rule.addTarget(
      new LambdaFunction(this.function, { event: RuleTargetInput.fromObject({ deliveriesLost: true }) }),
    )
  }

  private runOnSchedules({ subscriptionCheck, catchUp }: ResolvedProps): void {
    const role = new Role(this, 'SchedulerRole', { assumedBy: schedulerOf(this) })
    const mayInvoke = this.grantInvoke(role)
    const runEvery = (id: string, description: string, interval: Duration, input: object) => {
      const schedule = new Schedule(this, id, {
        description,
        schedule: ScheduleExpression.rate(interval),
        timeWindow: TimeWindow.off(),
        target: new LambdaInvoke(this.function, {
          // By itself, the target would let the role invoke every version of the function.
          role: role.withoutPolicyUpdates(),
          input: ScheduleTargetInput.fromObject(input),
          retryAttempts: schedulerRetries,
          maxEventAge: interval,
        }),
      })
      // Else the first run, which may come at once, would be refused.
      mayInvoke.applyBefore(schedule)
    }
    runEvery('Schedule', "Has the firms' subscriptions checked", subscriptionCheck, {
      schedule: { at: ContextAttribute.scheduledTime, everyMinutes: subscriptionCheck.toMinutes() },
    })
    const bringInEvery = Duration.minutes(bringInMinutes)
    runEvery('BringInSchedule', 'Has what was put aside brought into its queue', bringInEvery, {
      bringIn: true,
    })
    if (catchUp === 'off') return
    const catchUpEvery = Duration.minutes(catchUpMinutes)
    runEvery('CatchUpSchedule', 'Has changes found that no delivery has told of', catchUpEvery, {
      catchUp: true,
    })
  }
}

/** The text that the variable `CATCH_UP` has of the setting. */
function catchUpText(catchUp: ResolvedProps['catchUp']): string | undefined {
  if (catchUp === 'off') return undefined
  return catchUp === 'night' ? catchUp : String(catchUp.hours)
}

/**
 * For the schedules of this account alone, which name their group and not themselves.
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
 */
function schedulerOf(scope: Construct): ServicePrincipal {
  const stack = Stack.of(scope)
  const group = stack.formatArn({ service: 'scheduler', resource: 'schedule-group', resourceName: 'default' })
  return new ServicePrincipal('scheduler.amazonaws.com', {
    conditions: { StringEquals: { 'aws:SourceAccount': stack.account, 'aws:SourceArn': group } },
  })
}

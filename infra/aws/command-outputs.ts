import { CfnOutput } from 'aws-cdk-lib'
import type { IKey } from 'aws-cdk-lib/aws-kms'
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda'
import type { ILogGroup } from 'aws-cdk-lib/aws-logs'
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import type { ITopic } from 'aws-cdk-lib/aws-sns'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'

type LoggedFunction = Pick<LambdaFunction, 'functionName' | 'logGroup'>

/** What the commands have to find. */
interface FoundParts {
  readonly callbackUrl: string
  readonly ownUrls: readonly string[] | undefined
  readonly domainTargets: readonly { readonly name: string; readonly target: string }[]
  readonly eventTypes: string
  readonly webhookSecret: Pick<Secret, 'secretArn'>
  readonly apiSecret: Pick<Secret, 'secretArn'>
  readonly table: { readonly tableName: string }
  readonly queue: Pick<Queue, 'queueUrl'>
  readonly deadLetterQueue: Pick<Queue, 'queueUrl'>
  readonly delayQueue: Pick<Queue, 'queueUrl'>
  readonly receiver: LoggedFunction
  readonly consumer: LoggedFunction
  readonly keeper: LoggedFunction
  readonly accessLogGroup: Pick<ILogGroup, 'logGroupName'>
}

export interface CommandOutputsProps {
  readonly webhooks: FoundParts
  readonly topic: ITopic | undefined
  readonly encryptionKey: IKey | undefined
  /** `true` or `false`, or a token of these. */
  readonly connectedAccountsOnly: string
}

/** What the command line asks a stack for. The names of the outputs are those of infra/operate/stack-outputs.ts, in any stack. */
export class CommandOutputs extends Construct {
  private readonly connectedAccountsOnly: CfnOutput

  constructor(scope: Construct, id: string, props: CommandOutputsProps) {
    super(scope, id)
    const { webhooks, topic, encryptionKey, connectedAccountsOnly } = props
    const { ownUrls, domainTargets } = webhooks
    const values: Record<string, string> = {
      CallbackUrl: webhooks.callbackUrl,
      EventTypes: webhooks.eventTypes,
      WebhookSecretId: webhooks.webhookSecret.secretArn,
      ApiSecretId: webhooks.apiSecret.secretArn,
      TableName: webhooks.table.tableName,
      EventQueueUrl: webhooks.queue.queueUrl,
      DeadLetterQueueUrl: webhooks.deadLetterQueue.queueUrl,
      DelayQueueUrl: webhooks.delayQueue.queueUrl,
      ReceiverName: webhooks.receiver.functionName,
      ConsumerName: webhooks.consumer.functionName,
      KeeperName: webhooks.keeper.functionName,
      ReceiverLogGroup: webhooks.receiver.logGroup.logGroupName,
      ConsumerLogGroup: webhooks.consumer.logGroup.logGroupName,
      KeeperLogGroup: webhooks.keeper.logGroup.logGroupName,
      AccessLogGroup: webhooks.accessLogGroup.logGroupName,
      ...(topic && { AlarmTopicArn: topic.topicArn }),
      ...(encryptionKey && { EncryptionKeyArn: encryptionKey.keyArn }),
      ...(ownUrls && { OwnUrls: ownUrls.join(' ') }),
      ...(domainTargets.length > 0 && {
        DomainTargets: domainTargets.map(({ name, target }) => `${name}=${target}`).join(' '),
      }),
    }
    for (const [name, value] of Object.entries(values)) this.output(name, value)
    this.connectedAccountsOnly = this.output('ConnectedAccountsOnly', connectedAccountsOnly)
  }

  /** Tells this of the accounts from now on. */
  tellConnectedAccountsOnly(value: string): void {
    this.connectedAccountsOnly.value = value
  }

  private output(name: string, value: string): CfnOutput {
    const output = new CfnOutput(this, name, { value })
    // By itself, it would be named after the constructs that it is in.
    output.overrideLogicalId(name)
    return output
  }
}

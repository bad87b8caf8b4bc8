import { Duration, type RemovalPolicy } from 'aws-cdk-lib'
import { Construct } from 'constructs'
import { pipelineEnvironment } from '../settings/function-environment.ts'
import type { EventQueues } from './event-queues.ts'
import type { EventTable } from './event-table.ts'
import type { GeneratedSecret } from './generated-secret.ts'
import type { ResolvedProps } from './resolve-props.ts'
import { WebhookFunction } from './webhook-function.ts'

export interface ReceiverProps {
  readonly bundle: string
  readonly resolved: ResolvedProps
  readonly queues: EventQueues
  readonly table: EventTable
  readonly secret: GeneratedSecret
  readonly removalPolicy: RemovalPolicy
}

/** Verifies deliveries and puts them into a queue, or aside where that does not take them, and may do nothing else. */
export class Receiver extends Construct {
  readonly function: WebhookFunction['function']
  readonly logGroup: WebhookFunction['logGroup']

  constructor(scope: Construct, id: string, props: ReceiverProps) {
    super(scope, id)
    const { resolved, queues, table, secret } = props
    const made = new WebhookFunction(this, 'Lambda', {
      description: 'Verifies Smokeball deliveries and puts them into the queue',
      bundle: props.bundle,
      memoryMb: resolved.receiver.memoryMb,
      timeout: Duration.millis(resolved.receiver.timeoutMs),
      reservedConcurrency: resolved.receiver.reservedConcurrency,
      tracing: resolved.tracing,
      logRetentionDays: resolved.logRetentionDays,
      removalPolicy: props.removalPolicy,
      encryptionKey: resolved.encryptionKey,
      environment: pipelineEnvironment('receiver', {
        queueUrl: queues.events.queueUrl,
        deadLetterQueueUrl: queues.deadLetters.queueUrl,
        webhookSecretId: secret.secret.secretArn,
        toleranceMs: resolved.toleranceMs,
        tableName: table.table.tableName,
      }),
    })
    queues.grantSend(made.function)
    table.grantPutAside(made.function)
    secret.grantRead(made.function)
    this.function = made.function
    this.logGroup = made.logGroup
  }
}

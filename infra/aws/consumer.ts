import { ArnFormat, Names, type RemovalPolicy, Stack, Token } from 'aws-cdk-lib'
import { Grant } from 'aws-cdk-lib/aws-iam'
import { RecursiveLoop } from 'aws-cdk-lib/aws-lambda'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { pipelineEnvironment } from '../settings/function-environment.ts'
import { delayedConcurrency, queues as queueSettings } from '../settings/topology.ts'
import type { EventQueues } from './event-queues.ts'
import type { EventTable } from './event-table.ts'
import type { GeneratedSecret } from './generated-secret.ts'
import type { ResolvedProps } from './resolve-props.ts'
import { WebhookFunction } from './webhook-function.ts'

export interface ConsumerProps {
  readonly bundle: string
  readonly resolved: ResolvedProps
  readonly queues: EventQueues
  readonly table: EventTable
  readonly apiSecret: GeneratedSecret
  readonly removalPolicy: RemovalPolicy
}

/** Takes events from the queue, once and in order, and runs the handlers. */
export class Consumer extends Construct {
  readonly function: WebhookFunction['function']
  readonly logGroup: WebhookFunction['logGroup']

  constructor(scope: Construct, id: string, props: ConsumerProps) {
    super(scope, id)
    const { resolved, queues, table, apiSecret } = props
    const { handlers } = resolved
    const { secrets = {} } = handlers
    const made = new WebhookFunction(this, 'Lambda', {
      description: 'Handles Smokeball events, once and in order',
      bundle: props.bundle,
      ...resolved.consumer,
      tracing: resolved.tracing,
      logRetentionDays: resolved.logRetentionDays,
      removalPolicy: props.removalPolicy,
      encryptionKey: resolved.encryptionKey,
      network: handlers.vpc?.(this),
      // What is to be run later goes from the function to a queue and back: after 16 rounds, Lambda would drop it as a loop.
      recursiveLoop: RecursiveLoop.ALLOW,
      environment: {
        ...handlers.environment,
        ...pipelineEnvironment('consumer', {
          tableName: table.table.tableName,
          queueUrl: queues.events.queueUrl,
          deadLetterQueueUrl: queues.deadLetters.queueUrl,
          delayQueueUrl: queues.delayed.queueUrl,
          apiSecretId: apiSecret.secret.secretArn,
          maxAttempts: resolved.maxAttempts,
          eventRetentionDays: resolved.eventRetentionDays,
          ledgerRetentionDays: resolved.ledgerRetentionDays,
          bodyRetentionDays: resolved.bodyRetentionDays,
          connectedAccountsOnly: resolved.connectedAccountsOnly ?? false,
          handlerSecrets: Object.keys(secrets).length > 0 ? Stack.of(this).toJsonString(secrets) : undefined,
        }),
      },
    })
    this.function = made.function
    this.logGroup = made.logGroup
    table.grantLedger(this.function)
    if (resolved.bodyRetentionDays !== undefined) table.grantExpireBodies(this.function)
    queues.grantSendDeadLetters(this.function)
    queues.grantLater(this.function)
    apiSecret.grantRead(this.function)
    this.grantSecrets(Object.values(secrets))
    handlers.grants?.(this.function)
    this.take(queues.events, resolved.maxConcurrency)
    this.take(queues.delayed, delayedConcurrency)
    queues.grantReceive(this.function)
  }

  /** By the id that `SqsEventSource` gives, which would let the function decrypt with the key by way of any service. */
  private take(queue: Queue, maxConcurrency: number): void {
    this.function.addEventSourceMapping(`SqsEventSource:${Names.nodeUniqueId(queue.node)}`, {
      eventSourceArn: queue.queueArn,
      batchSize: queueSettings.batchSize,
      reportBatchItemFailures: true,
      maxConcurrency,
    })
  }

  private grantSecrets(ids: readonly string[]): void {
    if (ids.length === 0) return
    Grant.addToPrincipal({
      grantee: this.function,
      actions: ['secretsmanager:GetSecretValue'],
      resourceArns: ids.map((id) => this.secretArn(id)),
    })
  }

  /** Secrets Manager makes of a name an ARN with six random characters at its end, which only `?` can stand for. */
  private secretArn(id: string): string {
    if (Token.isUnresolved(id) || id.startsWith('arn:')) return id
    return Stack.of(this).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${id}-??????`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
  }
}

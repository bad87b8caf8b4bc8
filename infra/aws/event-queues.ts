import { Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import {
  DeduplicationScope,
  FifoThroughputLimit,
  Queue,
  QueueEncryption,
  type QueueProps,
} from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { queues } from '../settings/topology.ts'
import type { EncryptionKeys } from './encryption.ts'

export interface EventQueuesProps {
  readonly visibilityTimeout: Duration
  readonly removalPolicy: RemovalPolicy
  /** The current one encrypts the queues. If there is none, a key of SQS's does. */
  readonly keys: EncryptionKeys
}

/** Where events wait, a message group a resource; where what is to be run later does; and where those lie that nobody will handle. */
export class EventQueues extends Construct {
  readonly events: Queue
  readonly deadLetters: Queue
  readonly delayed: Queue
  private readonly keys: EncryptionKeys

  constructor(scope: Construct, id: string, props: EventQueuesProps) {
    super(scope, id)
    const { visibilityTimeout, removalPolicy, keys } = props
    this.keys = keys
    const ofAll: QueueProps = {
      retentionPeriod: Duration.days(queues.retentionDays),
      maxMessageSizeBytes: queues.maximumMessageBytes,
      ...(keys.current
        ? { encryption: QueueEncryption.KMS, encryptionMasterKey: keys.current }
        : { encryption: QueueEncryption.SQS_MANAGED }),
      enforceSSL: true,
      removalPolicy,
    }
    const common: QueueProps = {
      ...ofAll,
      fifo: true,
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
    }
    this.deadLetters = new Queue(this, 'DeadLetters', common)
    this.events = new Queue(this, 'Events', {
      ...common,
      visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: queues.maxReceiveCount },
    })
    this.delayed = new Queue(this, 'Delayed', { ...ofAll, visibilityTimeout })
    Validations.of(this.delayed).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason:
        'A standard queue cannot use a FIFO one: the consumer itself sends what it cannot read to the dead letters.',
    })
  }

  /** Takes events, and what is to be run later; what Lambda's polling needs. */
  grantReceive(grantee: IGrantable): void {
    const actions = [
      'ReceiveMessage',
      'ChangeMessageVisibility',
      'GetQueueUrl',
      'DeleteMessage',
      'GetQueueAttributes',
    ]
    for (const { queueArn } of [this.events, this.delayed])
      Grant.addToPrincipal({
        grantee,
        actions: actions.map((action) => `sqs:${action}`),
        resourceArns: [queueArn],
      })
    this.grantDecrypt(grantee)
  }

  /** Delays what is to be run later, and brings it back. */
  grantLater(grantee: IGrantable): Grant {
    return this.grantSendTo(grantee, this.events, this.delayed)
  }

  /** Sends the message of an event that is overdue once more, if the queue has fewer messages than it should. */
  grantDelay(grantee: IGrantable): Grant {
    const counted = Grant.addToPrincipal({
      grantee,
      actions: ['sqs:GetQueueAttributes'],
      resourceArns: [this.delayed.queueArn],
    })
    return counted.combine(this.grantSendTo(grantee, this.delayed))
  }

  /** Puts messages into both queues. */
  grantSend(grantee: IGrantable): Grant {
    return this.grantSendTo(grantee, this.events, this.deadLetters)
  }

  /** Counts what waits to be handled. */
  grantCountEvents(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['sqs:GetQueueAttributes'],
      resourceArns: [this.events.queueArn],
    })
  }

  grantSendDeadLetters(grantee: IGrantable): Grant {
    return this.grantSendTo(grantee, this.deadLetters)
  }

  /** Takes dead letters, puts them back to the events, and deletes them. */
  grantRedrive(grantee: IGrantable): Grant {
    const taken = Grant.addToPrincipal({
      grantee,
      actions: [
        'sqs:ReceiveMessage',
        'sqs:DeleteMessage',
        'sqs:ChangeMessageVisibility',
        'sqs:GetQueueAttributes',
      ],
      resourceArns: [this.deadLetters.queueArn],
    })
    this.grantDecrypt(grantee)
    return taken.combine(this.grantSendTo(grantee, this.events))
  }

  /** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html */
  private grantSendTo(grantee: IGrantable, ...to: Queue[]): Grant {
    const grant = Grant.addToPrincipal({
      grantee,
      actions: ['sqs:SendMessage'],
      resourceArns: to.map(({ queueArn }) => queueArn),
    })
    this.keys.grant(grantee, { by: 'sqs', actions: ['kms:GenerateDataKey', 'kms:Decrypt'] })
    return grant
  }

  private grantDecrypt(grantee: IGrantable): void {
    this.keys.grant(grantee, { by: 'sqs', actions: ['kms:Decrypt'] })
  }
}

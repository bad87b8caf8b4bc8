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

export interface EventQueuesProps {
  readonly visibilityTimeout: Duration
  readonly removalPolicy: RemovalPolicy
}

/** Where events wait, a message group a resource; where what is to be run later does; and where those lie that nobody will handle. */
export class EventQueues extends Construct {
  readonly events: Queue
  readonly deadLetters: Queue
  readonly delayed: Queue

  constructor(scope: Construct, id: string, { visibilityTimeout, removalPolicy }: EventQueuesProps) {
    super(scope, id)
    const ofAll: QueueProps = {
      retentionPeriod: Duration.days(queues.retentionDays),
      maxMessageSizeBytes: queues.maximumMessageBytes,
      encryption: QueueEncryption.SQS_MANAGED,
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

  /** Delays what is to be run later, and brings it back. */
  grantLater(grantee: IGrantable): Grant {
    return sendTo(grantee, this.events, this.delayed)
  }

  /** Sends the message of an event that is overdue once more, if the queue has fewer messages than it should. */
  grantDelay(grantee: IGrantable): Grant {
    const counted = Grant.addToPrincipal({
      grantee,
      actions: ['sqs:GetQueueAttributes'],
      resourceArns: [this.delayed.queueArn],
    })
    return counted.combine(sendTo(grantee, this.delayed))
  }

  /** Puts messages into both queues. */
  grantSend(grantee: IGrantable): Grant {
    return sendTo(grantee, this.events, this.deadLetters)
  }

  grantSendDeadLetters(grantee: IGrantable): Grant {
    return sendTo(grantee, this.deadLetters)
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
    return taken.combine(sendTo(grantee, this.events))
  }
}

function sendTo(grantee: IGrantable, ...to: Queue[]): Grant {
  return Grant.addToPrincipal({
    grantee,
    actions: ['sqs:SendMessage'],
    resourceArns: to.map(({ queueArn }) => queueArn),
  })
}

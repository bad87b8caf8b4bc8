import { Duration, type RemovalPolicy } from 'aws-cdk-lib'
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam'
import {
  DeduplicationScope,
  FifoThroughputLimit,
  Queue,
  QueueEncryption,
  type QueueProps,
} from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { queues } from '../topology.ts'

export interface EventQueuesProps {
  readonly visibilityTimeout: Duration
  readonly removalPolicy: RemovalPolicy
}

/** Where events wait, a message group a resource, and where those lie that nobody will handle any more. */
export class EventQueues extends Construct {
  readonly events: Queue
  readonly deadLetters: Queue

  constructor(scope: Construct, id: string, { visibilityTimeout, removalPolicy }: EventQueuesProps) {
    super(scope, id)
    const common: QueueProps = {
      fifo: true,
      deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
      fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
      retentionPeriod: Duration.days(queues.retentionDays),
      maxMessageSizeBytes: queues.maximumMessageBytes,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      removalPolicy,
    }
    this.deadLetters = new Queue(this, 'DeadLetters', common)
    this.events = new Queue(this, 'Events', {
      ...common,
      visibilityTimeout,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: queues.maxReceiveCount },
    })
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

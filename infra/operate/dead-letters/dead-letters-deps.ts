import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { SQSClient } from '@aws-sdk/client-sqs'
import type { Clock } from '../../../shared/runtime/clock.ts'
import { terminal } from '../../terminal/terminal.ts'
import type { Deployment } from '../deployment.ts'

/** What looking at dead letters, sending them back and dropping them works with. */
export interface DeadLettersDeps {
  sqs: Pick<SQSClient, 'send'>
  dynamodb: Pick<DynamoDBClient, 'send'>
  tableName: string
  /** The queue of the events. */
  queueUrl: string
  deadLetterQueueUrl: string
  clock: Clock
}

export function deadLettersDepsOf({ sqs, dynamodb, outputs }: Deployment): DeadLettersDeps {
  return {
    ...{ sqs, dynamodb, tableName: outputs.TableName, clock: terminal().clock },
    ...{ queueUrl: outputs.EventQueueUrl, deadLetterQueueUrl: outputs.DeadLetterQueueUrl },
  }
}

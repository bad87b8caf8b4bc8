import type { SQSClient } from '@aws-sdk/client-sqs'
import type { EventTableDeps } from '../../../shared/ledger/event-row.ts'
import type { HandlerInfo } from '../../bundle/read-handlers.ts'
import type { Deployment } from '../deployment.ts'

/** What a replay reads, and where it goes. */
export interface ReplayDeps extends EventTableDeps {
  sqs: Pick<SQSClient, 'send'>
  queueUrl: string
  /** The deployment's handlers; undefined when they are not known here. */
  handlers: readonly HandlerInfo[] | undefined
}

export function replayDepsOf(
  { dynamodb, sqs, outputs }: Deployment,
  handlers: readonly HandlerInfo[] | undefined,
): ReplayDeps {
  const { TableName: tableName, EventQueueUrl: queueUrl } = outputs
  return { client: dynamodb, tableName, sqs, queueUrl, handlers }
}

import type { MiddlewareObj } from '@middy/core'
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import type { QueueMessage } from '../../shared/queue/message.ts'
import { timeLimitOf } from '../../shared/runtime/time-limit.ts'
import type { Batch } from './consume-batch.ts'

/** A message as a batch brings it. */
export interface ReceivedMessage extends QueueMessage {
  messageId: string
  receiptHandle: string
  groupId: string
  /** Times that the message was received, this one included. */
  receiveCount: number
  /** It comes from the delay queue, which has no groups. */
  isDelayed: boolean
}

/**
 * Turns Lambda's SQS event and time limit into a `Batch`, and the ids of the messages that stay into the answer that the
 * event source mapping expects (`ReportBatchItemFailures`).
 */
export function sqsBatch({
  now,
}: {
  now(): number
}): MiddlewareObj<SQSEvent, SQSBatchResponse, Error, Context> {
  const sqsBatchBefore: MiddlewareObj<SQSEvent>['before'] = (request) => {
    const remainingMs = request.context.getRemainingTimeInMillis()
    const signal = AbortSignal.timeout(Math.max(0, Math.floor(remainingMs - Math.min(200, remainingMs / 20))))
    const batch: Batch = {
      messages: request.event.Records.map(receivedMessage),
      limit: timeLimitOf(now(), remainingMs, signal),
    }
    request.event = batch as unknown as SQSEvent
  }
  const sqsBatchAfter: MiddlewareObj['after'] = (request) => {
    const kept = request.response as string[]
    request.response = { batchItemFailures: kept.map((itemIdentifier) => ({ itemIdentifier })) }
  }
  return { before: sqsBatchBefore, after: sqsBatchAfter }
}

function receivedMessage(record: SQSRecord): ReceivedMessage {
  return {
    messageId: record.messageId,
    receiptHandle: record.receiptHandle,
    body: record.body,
    // The delay queue has no order to keep: each message of it is a group of its own.
    groupId: record.attributes.MessageGroupId ?? record.messageId,
    receiveCount: Number(record.attributes.ApproximateReceiveCount),
    isDelayed: record.attributes.MessageGroupId === undefined,
    attributes: Object.fromEntries(
      Object.entries(record.messageAttributes).flatMap(([name, { stringValue }]) =>
        stringValue === undefined ? [] : [[name, stringValue]],
      ),
    ),
  }
}

import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import type { QueueMessage } from '../../shared/queue/message.ts'
import { type TimeLimit, timeLimitOf } from '../../shared/runtime/time-limit.ts'

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

/** Messages that one invocation got, and when its work must end. */
export interface Batch {
  messages: readonly ReceivedMessage[]
  limit: TimeLimit
}

/** What Lambda's SQS event and time limit say. Calls to AWS end shortly before the platform kills the invocation. */
export function readBatch(event: SQSEvent, remainingMs: number, nowEpochMs: number): Batch {
  const signal = AbortSignal.timeout(Math.max(0, Math.floor(remainingMs - Math.min(200, remainingMs / 20))))
  return { messages: event.Records.map(receivedMessage), limit: timeLimitOf(nowEpochMs, remainingMs, signal) }
}

/** The answer that the event source mapping expects (`ReportBatchItemFailures`), from the ids of the messages that stay. */
export function batchAnswer(kept: readonly string[]): SQSBatchResponse {
  return { batchItemFailures: kept.map((itemIdentifier) => ({ itemIdentifier })) }
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

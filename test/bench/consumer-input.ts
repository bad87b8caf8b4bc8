import type { ReceivedMessage } from '../../functions/consumer/sqs-batch.ts'
import { epochMsToTicks } from '../../shared/event/ticks.ts'
import { on } from '../../shared/handling/handler-registry.ts'
import { packMessage } from '../../shared/queue/message.ts'
import { timeLimitOf } from '../../shared/runtime/time-limit.ts'
import { guid } from './notifications.ts'

/** What a firm would have: one handler that keeps a copy, one that notes every change. */
export const twoHandlers = [
  on('*', { name: 'sync-to-warehouse' }, () => undefined),
  on('*', { name: 'audit-trail', order: 'every' }, () => undefined),
]

/** A notification as the receiver would have queued it. */
export function receivedMessage(text: string, messageId = guid(text)): ReceivedMessage {
  const receivedEpochMs = Date.now()
  const packed = packMessage(Buffer.from(text), {
    requestId: guid(`request ${text}`),
    sentTicks: epochMsToTicks(receivedEpochMs),
    receivedEpochMs,
    keyFingerprint: '0123abcd',
  })
  if (!packed) throw new RangeError('Too large for the queue.')
  return {
    ...packed,
    messageId,
    receiptHandle: messageId,
    groupId: messageId,
    receiveCount: 1,
    isDelayed: false,
  }
}

/** The same as a record of Lambda's SQS event. */
export function sqsRecord(text: string, messageId?: string) {
  const message = receivedMessage(text, messageId)
  return {
    messageId: message.messageId,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: { MessageGroupId: message.groupId, ApproximateReceiveCount: '1' },
    messageAttributes: Object.fromEntries(
      Object.entries(message.attributes).map(([name, stringValue]) => [
        name,
        { dataType: 'String', stringValue },
      ]),
    ),
  }
}

/** An invocation that has just begun, with the consumer's 30 seconds. */
export function freshLimit() {
  return timeLimitOf(Date.now(), 30_000, AbortSignal.timeout(30_000))
}

import type { MessageAttributes, QueueMessage } from '../../shared/queue/message.ts'
import type { SimulatedTime } from './simulated-time.ts'

export interface QueuedMessage extends QueueMessage {
  messageId: string
  groupId: string
  visibleFromEpochMs: number
  receiveCount: number
  /** The receipt of the last receive. */
  receiptHandle: string
}

export interface SimulatedQueue {
  /** Returns whether the message was taken in; a copy within five minutes is acknowledged and dropped. */
  send(message: QueueMessage & { groupId: string; deduplicationId: string; delayMs?: number }): boolean
  /** Up to `max` messages, several of one group among them, but none that stands behind one in flight. */
  receive(max: number): QueuedMessage[]
  /** Throws unless the handle is that of the last receive and the message still in flight. */
  changeVisibility(receiptHandle: string, seconds: number): void
  /**
   * A handle whose time is over deletes only if `lateHandlesDelete`, and one of an earlier receive only if `olderHandlesDelete`.
   */
  delete(receiptHandle: string): void
  /** Takes everything out at once, as an operator does who empties a dead-letter queue. */
  drain(): QueuedMessage[]
  messages(): readonly QueuedMessage[]
}

export interface QueueOptions {
  time: SimulatedTime
  visibilityMs: number
  /** Messages received more often go to the dead-letter queue as they are. */
  maxReceiveCount: number
  /** FIFO queues refuse them: https://repost.aws/knowledge-center/sqs-receipt-handle-error. Here they may do more harm. */
  lateHandlesDelete: boolean
  /**
   * Standard queues may let them.
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteMessage.html
   */
  olderHandlesDelete: boolean
  onExhausted(message: QueuedMessage): void
  /** Something may be receivable from this time on. */
  onAvailable(fromEpochMs: number): void
}

const deduplicationMs = 5 * 60_000

/**
 * An SQS FIFO queue in high-throughput mode.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html
 */
export function simulatedQueue(options: QueueOptions): SimulatedQueue {
  const { time } = options
  let messages: QueuedMessage[] = []
  const acceptedAt = new Map<string, number>()
  const handles = new Map<string, QueuedMessage>()
  let count = 0

  const isHidden = (message: QueuedMessage) => message.visibleFromEpochMs > time.now()
  const hide = (message: QueuedMessage, ms: number) => {
    message.visibleFromEpochMs = time.now() + ms
    options.onAvailable(message.visibleFromEpochMs)
  }
  const remove = (gone: QueuedMessage) => {
    messages = messages.filter((message) => message !== gone)
    options.onAvailable(time.now())
  }

  return {
    send({ body, attributes, groupId, deduplicationId, delayMs = 0 }) {
      const dedupKey = `${groupId} ${deduplicationId}`
      const earlierEpochMs = acceptedAt.get(dedupKey)
      if (earlierEpochMs !== undefined && time.now() < earlierEpochMs + deduplicationMs) return false
      acceptedAt.set(dedupKey, time.now())
      const visibleFromEpochMs = time.now() + delayMs
      const messageId = `m${++count}`
      messages.push({
        body,
        attributes,
        groupId,
        messageId,
        visibleFromEpochMs,
        receiveCount: 0,
        receiptHandle: '',
      })
      options.onAvailable(visibleFromEpochMs)
      return true
    },
    receive(max) {
      const locked = new Set<string>()
      const received: QueuedMessage[] = []
      for (const message of messages) {
        if (received.length === max) break
        if (isHidden(message)) locked.add(message.groupId)
        if (locked.has(message.groupId)) continue
        message.receiveCount++
        if (message.receiveCount > options.maxReceiveCount) {
          remove(message)
          options.onExhausted(message)
          continue
        }
        message.receiptHandle = `r${++count}`
        handles.set(message.receiptHandle, message)
        hide(message, options.visibilityMs)
        received.push({ ...message })
      }
      return received
    },
    changeVisibility(receiptHandle, seconds) {
      const message = handles.get(receiptHandle)
      if (message?.receiptHandle !== receiptHandle || !messages.includes(message) || !isHidden(message))
        throw new Error('The receipt handle has expired')
      hide(message, seconds * 1000)
    },
    delete(receiptHandle) {
      const message = handles.get(receiptHandle)
      if (!message) return
      const isOlder = message.receiptHandle !== receiptHandle
      const mayDelete = isOlder ? options.olderHandlesDelete : isHidden(message) || options.lateHandlesDelete
      if (mayDelete) remove(message)
    },
    drain() {
      const all = messages
      messages = []
      return all
    },
    messages: () => messages,
  }
}

export function attributesOf(
  given: Record<string, { StringValue?: string | undefined }> | undefined,
): MessageAttributes {
  return Object.fromEntries(
    Object.entries(given ?? {}).map(([name, { StringValue = '' }]) => [name, StringValue]),
  )
}

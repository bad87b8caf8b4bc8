import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { type EventKey, messageGroupId } from '../event/event-identity.ts'
import { attributeNames, eventAttributes, type MessageAttributes, noBody, readEventKey } from './message.ts'
import { placeMessage } from './placed-message.ts'
import { sqsAttributes } from './sqs-attributes.ts'
import { waitingIn } from './waiting.ts'

/** An event's message to itself: which it is, and when its handlers are due. It has no body: the table has all of it. */
export interface DelayedEvent extends EventKey {
  token: string
  /** Milliseconds since 1970. */
  dueEpochMs: number
}

/** Where events wait whose handlers are to be run later. */
export interface DelayQueue {
  /** Puts it into the queue, for at most 15 minutes, and at least for `leastMs`. Throws if it is not taken. */
  delay(event: DelayedEvent, signal: AbortSignal, leastMs?: number): Promise<void>
  /** About how many messages the queue has, delayed or not. Throws if that cannot be told. */
  depth(signal: AbortSignal): Promise<number>
}

/** The way of what is to be run later: the queue that delays, and from there back into the group of its resource. */
export interface LaterQueue extends Pick<DelayQueue, 'delay'> {
  /** Puts it into the event queue, behind what is there of its resource. Throws if it is not taken. */
  bringBack(event: DelayedEvent, signal: AbortSignal): Promise<void>
  /** About how many messages the event queue has that nobody handles yet. Throws if that cannot be told. */
  backlog(signal: AbortSignal): Promise<number>
}

export interface DelayQueueDeps {
  client: Pick<SQSClient, 'send'>
  delayQueueUrl: string
  /** Milliseconds since 1970. */
  now(): number
}

export interface LaterQueueDeps extends DelayQueueDeps {
  eventQueueUrl: string
  /** A new random text for each call. */
  randomId(): string
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html */
const longestDelaySeconds = 900

export function sqsDelayQueue({ client, delayQueueUrl, now }: DelayQueueDeps): DelayQueue {
  return {
    async delay(event, signal, leastMs = 0) {
      const waitMs = Math.max(event.dueEpochMs - now(), leastMs)
      const send = new SendMessageCommand({
        QueueUrl: delayQueueUrl,
        MessageBody: noBody,
        MessageAttributes: sqsAttributes(writeDelayed(event)),
        DelaySeconds: Math.min(longestDelaySeconds, Math.max(0, Math.ceil(waitMs / 1000))),
      })
      await client.send(send, { abortSignal: signal })
    },
    async depth(signal) {
      const { waiting, inWork } = await waitingIn(client, delayQueueUrl, signal)
      return waiting + inWork
    },
  }
}

export function sqsLaterQueue(deps: LaterQueueDeps): LaterQueue {
  const { client, eventQueueUrl } = deps
  return {
    delay: sqsDelayQueue(deps).delay,
    async bringBack(event, signal) {
      const message = {
        body: noBody,
        attributes: writeDelayed(event),
        groupId: messageGroupId(event.resourceKey),
        // A second one is told by its token: the queue would take it for the first for five minutes.
        deduplicationId: deps.randomId(),
      }
      await placeMessage(client, eventQueueUrl, message, signal)
    },
    backlog: async (signal) => (await waitingIn(client, eventQueueUrl, signal)).waiting,
  }
}

function writeDelayed({ token, dueEpochMs, ...event }: DelayedEvent): MessageAttributes {
  return { ...eventAttributes(event), [attributeNames.later]: `${token} ${dueEpochMs}` }
}

/** Undefined when the message is an event's own. Throws for what `LaterQueue` does not write. */
export function readDelayed(attributes: MessageAttributes): DelayedEvent | undefined {
  const later = attributes[attributeNames.later]
  if (later === undefined) return undefined
  const [, token = '', due = ''] = /^([\w-]{1,64}) (\d{1,15})$/.exec(later) ?? []
  const key = readEventKey(attributes)
  if (token === '' || !key) throw new Error('it says neither which event it is of, nor when that is due')
  return { ...key, token, dueEpochMs: Number(due) }
}

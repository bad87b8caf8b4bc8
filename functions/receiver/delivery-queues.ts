import type { SQSClient } from '@aws-sdk/client-sqs'
import type { Envelope } from '../../shared/event/envelope.ts'
import { messageGroupId } from '../../shared/event/event-identity.ts'
import type { Aside } from '../../shared/queue/aside.ts'
import { deadLetter } from '../../shared/queue/dead-letters.ts'
import {
  eventAttributes,
  gzip,
  packMessage,
  type QueueMessage,
  referringMessage,
} from '../../shared/queue/message.ts'
import {
  isRefusal,
  type PlacedMessage,
  placeMessage,
  type QueueName,
} from '../../shared/queue/placed-message.ts'
import { answerTimeout, type Clock } from '../../shared/runtime/clock.ts'
import type { HttpDelivery, VerifiedDelivery } from './verify-delivery.ts'

/** What a delivery tells, and its exact text. */
export interface Notification {
  envelope: Envelope
  text: string
}

/** Who has a delivery now: its queue, or the table, from which it is brought into the queue later. */
export type Taker = 'queue' | 'table'

/** Where verified deliveries go. Both calls return when something has the message, and throw `NotTaken` if nothing takes it. */
export interface DeliveryQueues {
  enqueue(delivery: VerifiedDelivery, notification: Notification, limit: AnswerLimit): Promise<Taker>
  quarantine(delivery: VerifiedDelivery, reason: string, limit: AnswerLimit): Promise<Taker>
}

export type AnswerLimit = Pick<HttpDelivery, 'signal' | 'answerByEpochMs'>

/** Neither the queue nor the table took a delivery; `cause` says why. */
export class NotTaken extends Error {
  readonly code = 'NOT_TAKEN'

  constructor(cause: unknown) {
    super('Neither queue nor table took the delivery.', { cause })
    this.name = 'NotTaken'
  }
}

export interface QueuesDeps {
  client: Pick<SQSClient, 'send'>
  queueUrls: Readonly<Record<QueueName, string>>
  /** The second place; it is loaded when it is first needed. */
  secondPlace(): Promise<Aside>
  clock: Clock
  /** A new random text for each call. */
  randomId(): string
}

/** The first place has half of the time for the answer: the second one has the other half. */
const firstPlaceMs = 3_500
/** For so long after a failure of the queue, a process tries the table first: the queue would take 3.5 s of each delivery. */
const tableFirstMs = 30_000

/** Group = resource, so that its events are handled one at a time; deduplication id = event id, so that redeliveries within five minutes cost nothing. */
export function deliveryQueues(deps: QueuesDeps): DeliveryQueues {
  const place = twoPlaces(deps)
  return {
    async enqueue(delivery, { envelope, text }, limit) {
      const { resourceKey } = envelope
      const { body, attributes } = await packed(deps, delivery, { json: text, resourceKey }, limit)
      return place(
        {
          queue: 'events',
          body,
          attributes: { ...attributes, ...eventAttributes(envelope) },
          groupId: messageGroupId(resourceKey),
          deduplicationId: envelope.eventId,
        },
        limit,
      )
    },
    async quarantine(delivery, reason, limit) {
      const message = await packed(deps, delivery, {}, limit)
      const why = { kind: 'quarantined', reason, resource: undefined } as const
      return place(deadLetter(message, why, deps.randomId), limit)
    },
  }
}

/** Tries the queue and then the table, or the other way round where the queue failed lately. */
function twoPlaces(deps: QueuesDeps): (message: PlacedMessage, limit: AnswerLimit) => Promise<Taker> {
  let tableFirstUntilEpochMs = 0
  const toQueue = async (
    message: PlacedMessage,
    signal: AbortSignal,
    hasItsTime: boolean,
  ): Promise<Taker> => {
    try {
      await placeMessage(deps.client, deps.queueUrls[message.queue], message, signal)
    } catch (error) {
      // The queue is not to blame for what a message is, or for how little of the time was left.
      const isItsFault = !isRefusal(error) && (hasItsTime || !signal.aborted)
      if (isItsFault) tableFirstUntilEpochMs = deps.clock.now() + tableFirstMs
      throw error
    }
    tableFirstUntilEpochMs = 0
    return 'queue'
  }
  const toTable = async (message: PlacedMessage, signal: AbortSignal): Promise<Taker> => {
    await (await deps.secondPlace()).put(message, signal)
    return 'table'
  }
  return async function place(message, limit) {
    const isTableFirst = deps.clock.now() < tableFirstUntilEpochMs
    const [first, second] = isTableFirst ? [toTable, toQueue] : [toQueue, toTable]
    const firstMs = Math.min(firstPlaceMs, (limit.answerByEpochMs - deps.clock.now()) / 2)
    const { signal, cancel } = answerTimeout(deps.clock, firstMs)
    try {
      return await first(message, signal, firstMs === firstPlaceMs)
    } catch (failure) {
      return await second(message, limit.signal, false).catch((other: unknown) => {
        throw new NotTaken(new AggregateError([failure, other]))
      })
    } finally {
      cancel()
    }
  }
}

/** A message that its queue can carry: of what is too long for any, the table takes the body. */
async function packed(
  { secondPlace }: QueuesDeps,
  delivery: VerifiedDelivery,
  { json, resourceKey }: { json?: string; resourceKey?: string },
  limit: AnswerLimit,
): Promise<QueueMessage> {
  const message = packMessage(delivery.bytes, delivery, json)
  if (message) return message
  try {
    const body = { gzipped: gzip(delivery.bytes), resourceKey }
    return referringMessage(delivery, await (await secondPlace()).store(body, limit.signal))
  } catch (error) {
    throw new NotTaken(error)
  }
}

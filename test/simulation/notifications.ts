import { catchUpSource, importSource, readEnvelope } from '../../shared/event/envelope.ts'
import { messageGroupId } from '../../shared/event/event-identity.ts'
import { eventAttributes, packMessage, type QueueMessage } from '../../shared/queue/message.ts'
import type { EventPlan } from './history.ts'
import type { DeliveredEvent } from './witness.ts'

/** Ticks of 2026; those of events are this and a digit. */
const baseTicks = 639_028_000_000_000_000n

/** A notification as the receiver hands it on. */
export interface Notification {
  event: DeliveredEvent
  message: QueueMessage & { groupId: string; deduplicationId: string }
}

const known = new Map<string, Omit<Notification, 'event'> & { eventId: string; resourceKey: string }>()

/** The copy of an event for one of two overlapping subscriptions. All events come from one API request, ours or another's. */
export function notificationOf(plan: EventPlan, index: number, subscription: number): Notification {
  const text = JSON.stringify({
    accountId: 'account',
    ...(sourceOf(plan) === 'API' && { subscriptionId: `subscription-${subscription}` }),
    type: plan.type,
    source: sourceOf(plan),
    handler: plan.importedFor,
    timestamp: 0,
    payload: {
      ...{ id: `resource-${plan.resource}`, nth: index, isOwn: plan.own, isBomb: plan.isBomb },
      ...(plan.stamp !== undefined && { lastUpdated: 0 }),
    },
  })
    .replace('"timestamp":0', `"timestamp":${baseTicks + BigInt(plan.ticks)}`)
    .replace('"lastUpdated":0', `"lastUpdated":${baseTicks + BigInt(plan.stamp ?? 0)}`)
  const made = known.get(text) ?? make(text, plan)
  known.set(text, made)
  const { eventId, resourceKey, message } = made
  return { event: { ...plan, index, eventId, resourceKey }, message }
}

function sourceOf({ isRecovered, importedFor }: EventPlan): string {
  if (importedFor !== undefined) return importSource
  return isRecovered ? catchUpSource : 'API'
}

function make(text: string, { own, isBomb }: EventPlan) {
  const envelope = readEnvelope(text)
  const { eventId, resourceKey } = envelope
  const note = {
    requestId: isBomb ? 'bomb-request' : own ? 'own-request' : 'request',
    sentTicks: undefined,
    receivedEpochMs: 0,
    keyFingerprint: 'key',
  }
  const packed = packMessage(Buffer.from(text), note)
  if (!packed) throw new Error('The notification does not fit')
  const groupId = messageGroupId(resourceKey)
  const attributes = { ...packed.attributes, ...eventAttributes(envelope) }
  return {
    eventId,
    resourceKey,
    message: { body: packed.body, attributes, groupId, deduplicationId: eventId },
  }
}

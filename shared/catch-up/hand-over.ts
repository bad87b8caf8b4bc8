import { gzipSync } from 'node:zlib'
import type { SQSClient } from '@aws-sdk/client-sqs'
import { messageGroupId } from '../event/event-identity.ts'
import type { Aside } from '../queue/aside.ts'
import { eventAttributes, packMessage, referringMessage } from '../queue/message.ts'
import { placeMessage } from '../queue/placed-message.ts'
import type { RecoveredNotification } from './recovered-notification.ts'

interface HandOverDeps {
  client: Pick<SQSClient, 'send'>
  queueUrl: string
  /** It has the bodies that no message holds. */
  aside: Pick<Aside, 'store'>
  /** Milliseconds since 1970. */
  now(): number
}

/** No signing key verified it. */
const noKey = '-'

/** Sends recovered notifications into the event queue, in their resource's group, as deliveries come into it. */
export function handOverTo(
  deps: HandOverDeps,
): (notification: RecoveredNotification, signal: AbortSignal) => Promise<void> {
  return async ({ text, envelope, requestId = '' }, signal) => {
    const { resourceKey, eventId } = envelope
    const note = {
      requestId,
      sentTicks: undefined,
      receivedEpochMs: deps.now(),
      keyFingerprint: noKey,
    }
    const stored = async () =>
      referringMessage(note, await deps.aside.store({ gzipped: gzipSync(text), resourceKey }, signal))
    const { body, attributes } = packMessage(Buffer.from(text), note, text) ?? (await stored())
    await placeMessage(
      deps.client,
      deps.queueUrl,
      {
        body,
        attributes: { ...attributes, ...eventAttributes(envelope) },
        groupId: messageGroupId(resourceKey),
        deduplicationId: eventId,
      },
      signal,
    )
  }
}

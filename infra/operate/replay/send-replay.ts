import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { messageGroupId } from '../../../shared/event/event-identity.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import { readEvent } from '../../../shared/ledger/read-event.ts'
import { isNewTo, type Replay } from '../../../shared/ledger/replay.ts'
import { replayMessage } from '../../../shared/queue/replay-message.ts'
import { sqsAttributes } from '../../../shared/queue/sqs-attributes.ts'
import type { ReplayDeps } from './replay-deps.ts'

/** `expired`: it, or its body, is there no more. */
export type SentReplay = 'sent' | 'already-replayed' | 'expired'

/**
 * Puts an event back through the real queue, in its resource's group. The deduplication id is of the replay and the event:
 * fresh for every replay, and the same when one is gone on with, so that no event is sent twice. Throws `TooManyHandlers`.
 */
export async function sendReplay(
  deps: ReplayDeps,
  event: EventRow,
  replay: Replay,
  signal: AbortSignal,
): Promise<SentReplay> {
  const stored = await readEvent(deps, event, signal)
  if (stored?.text === undefined) return 'expired'
  if (!isNewTo(replay.id, stored)) return 'already-replayed'
  const { body, attributes } = replayMessage({ ...stored, text: stored.text }, replay)
  const send = new SendMessageCommand({
    QueueUrl: deps.queueUrl,
    MessageBody: body,
    MessageAttributes: sqsAttributes(attributes),
    MessageGroupId: messageGroupId(event.resourceKey),
    MessageDeduplicationId: `${replay.id}-${event.eventId}`,
  })
  await deps.sqs.send(send, { abortSignal: signal })
  return 'sent'
}

import { randomBytes } from 'node:crypto'
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { messageGroupId } from '../../../shared/event/event-identity.ts'
import type { EventRow } from '../../../shared/ledger/event-row.ts'
import type { EventTableDeps } from '../../../shared/ledger/event-table.ts'
import { readEvent } from '../../../shared/ledger/read-event.ts'
import { isNewTo, type Replay } from '../../../shared/ledger/replay.ts'
import { replayMessage } from '../../../shared/queue/replay-message.ts'
import { sqsAttributes } from '../../../shared/queue/sqs-attributes.ts'
import { type Clock, wait } from '../../../shared/runtime/clock.ts'
import type { HandlerInfo } from '../../bundle/read-handlers.ts'
import type { Deployment } from '../deployment.ts'

interface SendReplaysDeps extends ReplayDeps {
  clock: Clock
  /** It is told after each handful of events how many came to what so far. */
  onProgress(counts: ReplayCounts): void
}

export type ReplayCounts = Record<SentReplay, number>

/** So many events are read and sent at once, at most; those of one resource one after the other, in the order given. */
const mostAtOnce = 10

/**
 * Sends many, at most `perSecond` a second. Throws what a call throws, or the signal's reason; what was told by `onProgress`
 * is done then, and the rest is done by calling it again with the same replay.
 */
export async function sendReplays(
  deps: SendReplaysDeps,
  { events, replay, perSecond }: { events: readonly EventRow[]; replay: Replay; perSecond: number },
  signal: AbortSignal,
): Promise<ReplayCounts> {
  const counts: ReplayCounts = { sent: 0, 'already-replayed': 0, expired: 0 }
  const atOnce = Math.min(mostAtOnce, Math.max(1, Math.floor(perSecond)))
  let nextEpochMs = 0
  for (let at = 0; at < events.length; at += atOnce) {
    if (nextEpochMs > deps.clock.now()) await wait(deps.clock, nextEpochMs - deps.clock.now(), signal)
    signal.throwIfAborted()
    nextEpochMs = deps.clock.now() + (atOnce / perSecond) * 1000
    const resources = Map.groupBy(events.slice(at, at + atOnce), ({ resourceKey }) => resourceKey)
    const ended = await Promise.allSettled(
      [...resources.values()].map((some) => sendInOrder(deps, some, replay, counts, signal)),
    )
    deps.onProgress(counts)
    for (const end of ended) if (end.status === 'rejected') throw end.reason
  }
  return counts
}

async function sendInOrder(
  deps: ReplayDeps,
  events: readonly EventRow[],
  replay: Replay,
  counts: ReplayCounts,
  signal: AbortSignal,
): Promise<void> {
  for (const event of events) counts[await sendReplay(deps, event, replay, signal)] += 1
}

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

/** Short, since it is stored with each event, and typed to continue a replay. No event's reference looks like it. */
export function newReplayId(): string {
  return `r-${Date.now().toString(36)}-${randomBytes(2).toString('hex')}`
}

/** `expired`: the event, or its body, is not there any more. */
export type SentReplay = 'sent' | 'already-replayed' | 'expired'

/**
 * Puts an event back through the real queue, in its resource's group. The deduplication id is made of the replay and the event:
 * it is fresh for every replay, and the same when a replay is continued, so that no event is sent twice. Throws `TooManyHandlers`.
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

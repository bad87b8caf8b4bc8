import type { Resource } from '../../../shared/event/resource-of-event.ts'
import type { Ticks } from '../../../shared/event/ticks.ts'
import type { QueueMessage } from '../../../shared/queue/message.ts'

/** `other`: SQS moved it by itself, or somebody else sent it. */
export type DeadLetterKind =
  | 'attempts-spent'
  | 'permanent-failure'
  | 'crashed'
  | 'loop-suspected'
  | 'unconnected-account'
  | 'quarantined'
  | 'other'

/** What nobody will handle until somebody looks at it. Without its body, so that many can be kept at once. */
export interface DeadLetter {
  /** The message's id; it stays the same while it lies there. */
  id: string
  kind: DeadLetterKind
  reason: string
  /** Since when it lies there, in milliseconds since 1970. */
  sinceEpochMs: number
  /** Undefined when the body is no notification that can be read. */
  event?: {
    reference: string
    eventId: string
    type: string
    accountId: string
    resource: Resource
    resourceKey: string
    ticks: Ticks
  }
  /** The fence of the claim that gave its event up; undefined when none did. */
  fence: number | undefined
  /** SQS moved it by itself. Not every engine tells so of one that the consumer had sent before. */
  movedBySqs: boolean
}

/** A letter that was received: nobody else sees it for a while. */
export interface LetterInHand extends DeadLetter {
  message: QueueMessage
  receiptHandle: string
}

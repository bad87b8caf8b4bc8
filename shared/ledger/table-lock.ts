import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { type EventTableDeps, isWritten } from './event-table.ts'
import type { Item } from './ledger-item.ts'

/** Work that one process at a time may do. */
export interface TableLock {
  /** Becomes the only one, until the time given (milliseconds since 1970); false while another is. */
  lock(untilEpochMs: number, signal: AbortSignal): Promise<boolean>
  /** Puts off the end of a lock of ours that is over at that time; false if it was taken by another. */
  relock(heldUntilEpochMs: number, untilEpochMs: number, signal: AbortSignal): Promise<boolean>
  /** Lets another in before that time. */
  unlock(untilEpochMs: number, signal: AbortSignal): Promise<void>
}

/** Clauses of the conditions, by what they mean. `#until`: when the lock is over. */
const clauses = {
  isFree: 'attribute_not_exists(#until)',
  lockIsOver: '#until < :now',
  isLockedByUs: '#until = :until',
} as const

/** A lock in the event table, as the item of this key. */
export function tableLock(
  deps: EventTableDeps & { /** Milliseconds since 1970. */ now(): number },
  Key: Item,
): TableLock {
  const { tableName: TableName, now } = deps
  return {
    async lock(untilEpochMs, signal) {
      const update = new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET #until = :until',
        // `isLockedByUs` is for the SDK, which repeats a write whose answer was lost.
        ConditionExpression: `${clauses.isFree} OR ${clauses.lockIsOver} OR ${clauses.isLockedByUs}`,
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: { ':until': { N: String(untilEpochMs) }, ':now': { N: String(now()) } },
      })
      return isWritten(deps, update, signal)
    },
    async relock(heldUntilEpochMs, untilEpochMs, signal) {
      const update = new UpdateItemCommand({
        TableName,
        Key,
        UpdateExpression: 'SET #until = :later',
        ConditionExpression: clauses.isLockedByUs,
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: {
          ':until': { N: String(heldUntilEpochMs) },
          ':later': { N: String(untilEpochMs) },
        },
      })
      return isWritten(deps, update, signal)
    },
    async unlock(untilEpochMs, signal) {
      const free = new DeleteItemCommand({
        TableName,
        Key,
        ConditionExpression: clauses.isLockedByUs,
        ExpressionAttributeNames: { '#until': 'until' },
        ExpressionAttributeValues: { ':until': { N: String(untilEpochMs) } },
      })
      await isWritten(deps, free, signal)
    },
  }
}

import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { Ticks } from '../event/ticks.ts'
import { dueIndex } from './event-indexes.ts'
import { eventItemKey } from './event-item.ts'
import { clip, maxReasonChars, writeDrop } from './event-item-parts.ts'
import type { Drop } from './event-record.ts'
import { type EventTableDeps, getItem, isWritten } from './event-table.ts'
import type { Item } from './ledger-item.ts'

/** A dead letter that is to be deleted, and why. */
export interface DropRequest extends Drop {
  resourceKey: string
  ticks: Ticks
  eventId: string
  /** The fence of the claim that dead-lettered the event. */
  fence: number | undefined
  /** SQS moved the letter by itself: nobody has recorded that the event was given up. */
  movedBySqs: boolean
  /** Why it was dead-lettered. */
  before: string
}

/**
 * `recorded-before`: it was dropped already, such as by a run that was killed before it deleted the letter. `stale`: the
 * event went on without this letter. `no-event`: the table has no such event, or not any more.
 */
export type DropOutcome = 'recorded' | 'recorded-before' | 'stale' | 'no-event'

/** Clauses of the condition, by what they mean. */
const clauses = {
  eventIsDeadLettered: '#status = :deadLettered',
  letterIsItsNewest: '#fence = :fence',
  eventHasFailed: '#status = :failed',
} as const

/**
 * Records that an event's dead letter is dropped, before it is deleted: no copy of the event is run from then on. One
 * conditional write, and one read where its condition failed.
 */
export async function dropEvent(
  deps: EventTableDeps,
  request: DropRequest,
  signal: AbortSignal,
): Promise<DropOutcome> {
  const key = eventItemKey(request)
  const { condition, values } = conditionOf(request)
  const reason = `dropped: ${request.reason}; before: ${request.before}`
  const update = new UpdateItemCommand({
    TableName: deps.tableName,
    Key: key,
    UpdateExpression:
      'SET #status = :dropped, #reason = :reason, #dropped = :drop REMOVE #later, #dueShard, #dueAt',
    ConditionExpression: condition,
    ExpressionAttributeNames: {
      '#status': 'status',
      '#fence': 'fence',
      '#reason': 'reason',
      '#dropped': 'dropped',
      // What was to be run again is not: its message finds that the event is finished.
      '#later': 'later',
      '#dueShard': dueIndex.partitionKey,
      '#dueAt': dueIndex.sortKey,
    },
    ExpressionAttributeValues: {
      ':dropped': { S: 'dropped' },
      ':reason': { S: clip(reason, maxReasonChars) },
      ':drop': writeDrop(request),
      ...values,
    },
  })
  return (await isWritten(deps, update, signal)) ? 'recorded' : whyNot(deps, key, signal)
}

function conditionOf({ fence, movedBySqs }: DropRequest): { condition: string; values: Item } {
  const { eventIsDeadLettered, letterIsItsNewest, eventHasFailed } = clauses
  const isOfLetter = `(${eventIsDeadLettered} AND ${letterIsItsNewest})`
  // No claim has the fence 0: a letter that the consumer did not send drops no event that it gave up.
  const values = { ':deadLettered': { S: 'dead-lettered' }, ':fence': { N: String(fence ?? 0) } }
  if (!movedBySqs) return { condition: isOfLetter, values }
  return {
    condition: `${isOfLetter} OR ${eventHasFailed}`,
    values: { ...values, ':failed': { S: 'failed' } },
  }
}

async function whyNot(deps: EventTableDeps, key: Item, signal: AbortSignal): Promise<DropOutcome> {
  const found = await getItem(deps, key, signal, ['status'])
  if (!found) return 'no-event'
  return found.status?.S === 'dropped' ? 'recorded-before' : 'stale'
}

import { PutItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { bodyExpiry, bodySortKey, eventItemKey, writeEventItems, writeOutcomeChange } from './event-item.ts'
import type { EventRecord } from './event-record.ts'
import { type EventTableDeps, getItem, isWritten } from './event-table.ts'
import type { Retention } from './retention.ts'

interface FinishDeps extends EventTableDeps {
  retention: Retention
  /** Milliseconds since 1970. */
  now(): number
}

/** Clauses of the conditions, by what they mean. `fence` is the event item's. Where there is none, no higher one is recorded. */
const clauses = {
  eventIsRecorded: 'attribute_exists(fence)',
  noHigherFenceIsRecorded: 'NOT fence > :fence',
  partIsThere: 'attribute_exists(#body)',
} as const

/** Writes the event's outcome, and its body unless that is stored: see `Ledger.finish`. */
export async function finish(
  deps: FinishDeps,
  record: EventRecord,
  isStored: boolean,
  signal: AbortSignal,
): Promise<'recorded' | 'outdated'> {
  if (isStored) {
    const changed = await changeOutcome(deps, record, signal)
    if (changed !== 'not-there') return changed
  }
  const { parts, event } = writeEventItems(record, deps.now(), deps.retention)
  for (const part of parts) {
    await deps.client.send(new PutItemCommand({ TableName: deps.tableName, Item: part }), {
      abortSignal: signal,
    })
  }
  const put = new PutItemCommand({
    TableName: deps.tableName,
    Item: event,
    ConditionExpression: clauses.noHigherFenceIsRecorded,
    ExpressionAttributeValues: { ':fence': { N: String(record.fence) } },
  })
  const written = (await isWritten(deps, put, signal)) ? 'recorded' : 'outdated'
  // What an earlier run stored is read no more.
  if (written === 'recorded') await keepBody(deps, { ...record, status: 'handled' }, signal)
  return written
}

/**
 * The body stays as the first run wrote it, under that run's fence. Its time is made shorter after the record says that no run
 * comes any more: it never ends before one.
 */
async function changeOutcome(
  deps: FinishDeps,
  record: EventRecord,
  signal: AbortSignal,
): Promise<'recorded' | 'outdated' | 'not-there'> {
  const changed = await updateOutcome(deps, record, signal)
  if (changed === 'recorded' && record.status !== 'failed') await keepBody(deps, record, signal)
  return changed
}

/**
 * Has the stored parts of a body expire as its event's status says, where bodies have a time of their own. A part that is gone
 * stays so.
 */
async function keepBody(deps: FinishDeps, record: EventRecord, signal: AbortSignal): Promise<void> {
  const { bodyFence, bodyParts = 0 } = record
  if (deps.retention.bodiesMs === undefined || bodyFence === undefined) return
  const of = { ...record, fence: bodyFence }
  const updates = Array.from({ length: bodyParts }, (_, index) => {
    const update = new UpdateItemCommand({
      TableName: deps.tableName,
      Key: { pk: { S: record.resourceKey }, sk: { S: bodySortKey(of, index) } },
      UpdateExpression: 'SET #ttl = :ttl',
      ConditionExpression: clauses.partIsThere,
      ExpressionAttributeNames: { '#body': 'body', '#ttl': 'ttl' },
      ExpressionAttributeValues: { ':ttl': bodyExpiry(record, deps.now(), deps.retention) },
    })
    return isWritten(deps, update, signal)
  })
  await Promise.all(updates)
}

async function updateOutcome(
  deps: FinishDeps,
  record: EventRecord,
  signal: AbortSignal,
): Promise<'recorded' | 'outdated' | 'not-there'> {
  const { set, remove } = writeOutcomeChange(record, deps.now(), deps.retention)
  const key = eventItemKey(record)
  const names = [...Object.keys(set), ...remove]
  const assigned = Object.keys(set).map((name) => `#${name} = :${name}`)
  const removed = remove.map((name) => `#${name}`)
  const update = new UpdateItemCommand({
    TableName: deps.tableName,
    Key: key,
    UpdateExpression: `SET ${assigned.join(', ')}${removed.length > 0 ? ` REMOVE ${removed.join(', ')}` : ''}`,
    ConditionExpression: `${clauses.eventIsRecorded} AND ${clauses.noHigherFenceIsRecorded}`,
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
    ExpressionAttributeValues: Object.fromEntries(
      Object.entries(set).map(([name, value]) => [`:${name}`, value]),
    ),
  })
  if (await isWritten(deps, update, signal)) return 'recorded'
  return (await getItem(deps, key, signal, ['fence'])) ? 'outdated' : 'not-there'
}

import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb'
import type { Item } from '../../../shared/ledger/ledger-item.ts'
import { type Clock, wait } from '../../../shared/runtime/clock.ts'
import { type AccountItemsDeps, itemsOfAccount, kindOf, scanItems, withKinds } from './account-items.ts'
import type { PurgeProgress } from './purge-progress.ts'

export interface PurgeItemsDeps extends AccountItemsDeps {
  clock: Clock
  random(): number
}

/** So many items are in hand at once: their keys fit the mark. */
const inHandAtOnce = 100
/** DynamoDB takes so many deletions a call. */
const batchSize = 25

/**
 * Deletes the account's items, and tells how many there were. What is in hand is counted before it is deleted, so that a purge
 * that was killed counts it once. `onLooked` is told how many items of the table were looked at; what `beforeEach` throws ends it
 * before more is taken in hand.
 */
export async function purgeItems(
  deps: PurgeItemsDeps,
  progress: PurgeProgress,
  accountId: string,
  {
    onLooked,
    beforeEach,
    signal,
  }: { onLooked(looked: number): void; beforeEach(): Promise<void>; signal: AbortSignal },
): Promise<{ found: number }> {
  let count = 0
  for await (const { items, looked } of scanItems(deps, itemsOfAccount(accountId), signal)) {
    for (let from = 0; from < items.length; from += inHandAtOnce) {
      const keys = items.slice(from, from + inHandAtOnce)
      await beforeEach()
      await progress.save({ items: keys, counts: withKinds(progress.state.counts, keys.map(kindOf)) })
      await deleteInHand(deps, progress, signal)
      count += keys.length
    }
    onLooked(looked)
  }
  // The mark outlives the purge, and is to name nothing of the account but its id.
  if (progress.state.items.length > 0) await progress.save({ items: [] })
  return { found: count }
}

/** Deletes what is in hand, and is counted. */
export async function deleteInHand(
  deps: PurgeItemsDeps,
  { state: { items } }: PurgeProgress,
  signal: AbortSignal,
): Promise<void> {
  const batches = Array.from({ length: Math.ceil(items.length / batchSize) }, (_, index) =>
    items.slice(index * batchSize, (index + 1) * batchSize),
  )
  await Promise.all(batches.map((keys) => deleteItems(deps, keys, signal)))
}

const longestPauseMs = 5_000

function pauseMs(tries: number, random: number): number {
  return Math.min(100 * 2 ** tries, longestPauseMs) * (0.5 + random / 2)
}

/** What DynamoDB leaves undone, since the table is busy, is tried again after a while. */
async function deleteItems(
  { dynamodb, tableName, clock, random }: PurgeItemsDeps,
  keys: readonly Item[],
  signal: AbortSignal,
): Promise<void> {
  let left = keys.map((Key) => ({ DeleteRequest: { Key } }))
  for (let tries = 1; left.length > 0; tries++) {
    const command = new BatchWriteItemCommand({ RequestItems: { [tableName]: left } })
    const { UnprocessedItems = {} } = await dynamodb.send(command, { abortSignal: signal })
    left = (UnprocessedItems[tableName] ?? []).flatMap(({ DeleteRequest }) =>
      DeleteRequest?.Key ? [{ DeleteRequest: { Key: DeleteRequest.Key } }] : [],
    )
    if (left.length > 0) await wait(clock, pauseMs(tries, random()), signal)
  }
}

import { ConditionalCheckFailedException, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { getItem } from '../../../shared/ledger/event-table.ts'
import type { Item } from '../../../shared/ledger/ledger-item.ts'
import { expiry } from '../../../shared/ledger/retention.ts'
import {
  purgedAttribute,
  removedAccountKeptMs,
  removedAccountKey,
} from '../../../shared/smokeball-api/account.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import { type AccountItemsDeps, type HeldCounts, heldKinds } from './account-items.ts'

/** What a purge has come to so far. The mark of the removed account keeps it, so that a purge that was killed goes on. */
export interface PurgeState {
  /** When the mark was made, from which on the functions record nothing more of the account. */
  purgedEpochMs: number
  /** What was deleted, with what is in hand. */
  counts: HeldCounts
  /** Keys of items, and ids of letters, that are counted and may still be there. */
  items: readonly Item[]
  letters: readonly string[]
  /** When a look that began after all functions knew the mark found nothing more. */
  finishedEpochMs: number | undefined
}

export interface PurgeProgress {
  readonly state: PurgeState
  /** Keeps these facts. Throws `UsageError` if another purge of the account goes on. */
  save(change: Partial<PurgeState>): Promise<void>
}

export interface ProgressDeps extends AccountItemsDeps {
  /** Milliseconds since 1970. */
  now(): number
  /** A new random text for each call. */
  randomId(): string
}

const attribute = 'purge'

/** Clauses of the condition, by what they mean. */
const clauses = {
  purgeNeverBegan: 'attribute_not_exists(#purge)',
  nobodyWroteSince: '#purge.#step = :step',
} as const

/**
 * Marks the account as purged, or goes on with a purge of it. Only one purge of an account goes on at a time: the one that
 * began last. Throws what the table does.
 */
export async function openProgress(
  deps: ProgressDeps,
  accountId: string,
  signal: () => AbortSignal,
): Promise<PurgeProgress> {
  const kept = await readMark(deps, accountId, signal())
  const writer = deps.randomId()
  let { state, step } = readState(kept, deps.now())
  const progress: PurgeProgress = {
    get state() {
      return state
    },
    async save(change) {
      const next = { ...state, ...change }
      await write(deps, accountId, { state: next, step, writer }, signal)
      step += 1
      state = next
    },
  }
  await progress.save({})
  return progress
}

interface Written {
  state: PurgeState
  /** That of the last write. */
  step: number
  writer: string
}

async function write(
  { dynamodb, tableName, now }: ProgressDeps,
  accountId: string,
  { state, step, writer }: Written,
  signal: () => AbortSignal,
): Promise<void> {
  const update = new UpdateItemCommand({
    TableName: tableName,
    Key: removedAccountKey(accountId),
    UpdateExpression: 'SET #ttl = :ttl, #purged = :purged, #purge = :purge',
    ConditionExpression: step === 0 ? clauses.purgeNeverBegan : clauses.nobodyWroteSince,
    ExpressionAttributeNames: {
      ...{ '#ttl': 'ttl', '#purged': purgedAttribute, '#purge': attribute },
      ...(step > 0 && { '#step': 'step' }),
    },
    ExpressionAttributeValues: {
      ':ttl': number(expiry(now(), removedAccountKeptMs)),
      ':purged': number(state.purgedEpochMs),
      ':purge': writeState(state, step + 1, writer),
      ...(step > 0 && { ':step': number(step) }),
    },
  })
  try {
    await dynamodb.send(update, { abortSignal: signal() })
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    // The SDK repeats a write whose answer was lost: then it is our own that is there.
    const { writer: last } =
      (await readMark({ dynamodb, tableName }, accountId, signal()))?.[attribute]?.M ?? {}
    if (last?.S === writer) return
    throw new UsageError(
      `Another purge of ${accountId} goes on, or the account was removed anew meanwhile. This one has stopped: run it again when no other runs.`,
      { cause: error },
    )
  }
}

function readMark(
  { dynamodb, tableName }: AccountItemsDeps,
  accountId: string,
  signal: AbortSignal,
): Promise<Item | undefined> {
  return getItem({ client: dynamodb, tableName }, removedAccountKey(accountId), signal)
}

function writeState({ counts, items, letters, finishedEpochMs }: PurgeState, step: number, writer: string) {
  return {
    M: {
      step: number(step),
      writer: { S: writer },
      counts: { M: Object.fromEntries(heldKinds.map((kind) => [kind, number(counts[kind])])) },
      items: { L: items.map((key) => ({ M: key })) },
      letters: { L: letters.map((id) => ({ S: id })) },
      ...(finishedEpochMs !== undefined && { finished: number(finishedEpochMs) }),
    },
  }
}

function readState(mark: Item | undefined, nowEpochMs: number): { state: PurgeState; step: number } {
  const stored = mark?.[attribute]?.M ?? {}
  return {
    step: Number(stored.step?.N ?? 0),
    state: {
      purgedEpochMs: Number(mark?.[purgedAttribute]?.N ?? nowEpochMs),
      counts: Object.fromEntries(
        heldKinds.map((kind) => [kind, Number(stored.counts?.M?.[kind]?.N ?? 0)]),
      ) as HeldCounts,
      items: (stored.items?.L ?? []).map(({ M = {} }) => M),
      letters: (stored.letters?.L ?? []).map(({ S = '' }) => S),
      finishedEpochMs: stored.finished?.N === undefined ? undefined : Number(stored.finished.N),
    },
  }
}

function number(value: number) {
  return { N: String(value) }
}

import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  PutItemCommand,
  QueryCommand,
  type QueryCommandOutput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb'
import { type EventTableDeps, getItem } from '../ledger/event-table.ts'
import type { Item } from '../ledger/ledger-item.ts'
import { expiry } from '../ledger/retention.ts'
import {
  type Account,
  accountKey,
  accountsKey,
  type Check,
  type KeptSubscription,
  readAccount,
  removedAccountKeptMs,
  removedAccountKey,
  writeCheck,
  writeSubscription,
} from './account.ts'

export interface AccountsDeps extends EventTableDeps {
  /** Milliseconds since 1970. */
  now(): number
  /** A new random text for each call. */
  randomId(): string
}

/** An account that this process alone may change the subscription of, for a while. */
export interface HeldAccount extends Account {
  holder: string
}

type Hold =
  | { kind: 'held'; account: HeldAccount }
  /** Another process has it. */
  | { kind: 'busy' }
  /** Another process has looked at its subscription since then. */
  | { kind: 'looked-at' }
  /** It is not connected (any more). */
  | { kind: 'gone' }

export interface Accounts {
  /** All that are connected, by their ids. */
  list(signal: AbortSignal): Promise<Account[]>
  /** Connects an account. Does nothing if it is connected already. */
  add(accountId: string, signal: AbortSignal): Promise<void>
  /** Forgets an account and its refresh token. For 45 days it is known that it was connected. */
  remove(accountId: string, signal: AbortSignal): Promise<void>
  /**
   * Takes a connected account for this process until `untilEpochMs`. `lastLookEpochMs`: only if its last look is no younger;
   * 0 for one that nobody has looked at. @default whenever that was
   */
  hold(accountId: string, untilEpochMs: number, signal: AbortSignal, lastLookEpochMs?: number): Promise<Hold>
  /**
   * Gives the account back, and keeps what was found; `subscription`: what there is now, if that has changed. Keeps nothing
   * if the account was removed, or taken by another process, meanwhile.
   */
  release(
    held: HeldAccount,
    found: { check: Check; subscription?: KeptSubscription },
    signal: AbortSignal,
  ): Promise<void>
}

/** Clauses of the conditions, by what they mean. */
const clauses = {
  accountIsConnected: 'attribute_exists(#added)',
  nobodyHoldsIt: 'attribute_not_exists(#held)',
  holdIsOver: '#held.#until <= :now',
  isHeldByUs: '#held.#holder = :holder',
  nobodyHasLookedSince: '(attribute_not_exists(#check.#at) OR #check.#at <= :lastLook)',
} as const

/** The registry of connected accounts: `pk` = `smokeball-accounts`, `sk` = account id. */
export function accounts(deps: AccountsDeps): Accounts {
  return {
    async list(signal) {
      const found: Account[] = []
      let next: QueryCommandOutput['LastEvaluatedKey']
      do {
        const page: QueryCommandOutput = await deps.client.send(query(deps, next), { abortSignal: signal })
        found.push(...(page.Items ?? []).map(readAccount))
        next = page.LastEvaluatedKey
      } while (next)
      return found
    },
    async add(accountId, signal) {
      await update(deps, accountId, signal, {
        UpdateExpression: 'SET #added = if_not_exists(#added, :now)',
        ExpressionAttributeNames: { '#added': 'added' },
        ExpressionAttributeValues: { ':now': number(deps.now()) },
      })
    },
    async remove(accountId, signal) {
      const mark = new PutItemCommand({
        TableName: deps.tableName,
        Item: {
          ...removedAccountKey(accountId),
          ttl: number(expiry(deps.now(), removedAccountKeptMs)),
        },
      })
      // The mark comes first: as long as the account's item is there, it is connected, whatever the mark says.
      await deps.client.send(mark, { abortSignal: signal })
      const remove = new DeleteItemCommand({ TableName: deps.tableName, Key: accountKey(accountId) })
      await deps.client.send(remove, { abortSignal: signal })
    },
    async hold(accountId, untilEpochMs, signal, lastLookEpochMs = Number.POSITIVE_INFINITY) {
      const holder = deps.randomId()
      const isBound = lastLookEpochMs < Number.POSITIVE_INFINITY
      const item = await update(deps, accountId, signal, {
        UpdateExpression: 'SET #held = :hold',
        // `isHeldByUs` is for the SDK, which repeats a write whose answer was lost.
        ConditionExpression: [
          clauses.accountIsConnected,
          `(${clauses.nobodyHoldsIt} OR ${clauses.holdIsOver} OR ${clauses.isHeldByUs})`,
          ...(isBound ? [clauses.nobodyHasLookedSince] : []),
        ].join(' AND '),
        ExpressionAttributeNames: {
          '#held': 'held',
          '#until': 'u',
          '#holder': 'o',
          '#added': 'added',
          ...(isBound && { '#check': 'check', '#at': 'at' }),
        },
        ExpressionAttributeValues: {
          ...(isBound && { ':lastLook': number(lastLookEpochMs) }),
          ':now': number(deps.now()),
          ':holder': { S: holder },
          ':hold': { M: { o: { S: holder }, u: number(untilEpochMs) } },
        },
      })
      if (item) return { kind: 'held', account: { ...readAccount(item), holder } }
      // Not every engine returns the item of a failed condition, so it is asked for.
      const now = await getItem(deps, accountKey(accountId), signal)
      if (!now?.added) return { kind: 'gone' }
      const { lastCheck } = readAccount(now)
      return { kind: (lastCheck?.atEpochMs ?? 0) > lastLookEpochMs ? 'looked-at' : 'busy' }
    },
    async release({ accountId, holder }, { check, subscription }, signal) {
      await update(deps, accountId, signal, {
        UpdateExpression: `SET #check = :check${subscription ? ', #sub = :sub' : ''} REMOVE #held`,
        ConditionExpression: clauses.isHeldByUs,
        ExpressionAttributeNames: {
          '#held': 'held',
          '#holder': 'o',
          '#check': 'check',
          ...(subscription && { '#sub': 'subscription' }),
        },
        ExpressionAttributeValues: {
          ':holder': { S: holder },
          ':check': writeCheck(check),
          ...(subscription && { ':sub': writeSubscription(subscription) }),
        },
      })
    },
  }
}

function query({ tableName }: AccountsDeps, next: QueryCommandOutput['LastEvaluatedKey']): QueryCommand {
  return new QueryCommand({
    TableName: tableName,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: accountsKey } },
    ConsistentRead: true,
    ...(next && { ExclusiveStartKey: next }),
  })
}

/** Returns the item as it is now; undefined if the condition failed. */
async function update(
  { client, tableName }: AccountsDeps,
  accountId: string,
  signal: AbortSignal,
  change: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>,
): Promise<Item | undefined> {
  const command = new UpdateItemCommand({
    TableName: tableName,
    Key: accountKey(accountId),
    ...change,
    ReturnValues: 'ALL_NEW',
  })
  try {
    return (await client.send(command, { abortSignal: signal })).Attributes
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined
    throw error
  }
}

function number(value: number) {
  return { N: String(value) }
}

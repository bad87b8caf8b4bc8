import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { keyPart } from '../event/event-identity.ts'
import { getItem } from '../ledger/event-table.ts'

export interface TokenBucketDeps {
  client: Pick<DynamoDBClient, 'send'>
  tableName: string
  /** Milliseconds since 1970. */
  now(): number
}

/** `taken`: call after `waitMs`; the turn is reserved. `full`: there is no turn within `waitMs`, which is too long. */
type Taken = { kind: 'taken' | 'full'; waitMs: number }

export interface TokenBucket {
  /** Takes a turn for one call of the client, at most `maxWaitMs` from now. */
  take(clientId: string, maxWaitMs: number, signal: AbortSignal): Promise<Taken>
}

/** A row of turns, and how they follow each other. */
export interface Pace {
  /** The sort key of its item. */
  row: string
  spacingMs: number
  /** How much before its time a call may go. */
  burstMs: number
}

/**
 * Smokeball's rate is 5 calls a second: https://docs.smokeball.com/docs/api-docs/vj4jovpoopdov-rate-limits
 * One of the burst of 5 that Smokeball takes is kept back: so clocks that differ, and calls that travel for longer than
 * others, by 200 ms in all, still fit.
 */
const rateOfClient: Pace = { row: 'bucket', spacingMs: 200, burstMs: 3 * 200 }
/** The writes of two takers may arrive in another order than they were sent, so much later at most. */
const reorderedMs = 100
const maxRounds = 10

/** Clauses of the conditions, by what they mean. `#next`: when the next call's turn is. `#at`: when the last turn was taken. */
const clauses = {
  bucketIsNew: 'attribute_not_exists(#next)',
  bucketIsAtRest: '#next <= :now',
  turnsAreTaken: '#next > :now',
  turnIsSoonEnough: '#next <= :latest',
  clockIsNotBehind: '#at <= :nowOrReordered',
} as const

/**
 * The calls of all Lambdas in one row, `pk` = `smokeball-api|<client id>`, `sk` = `bucket`: each takes the next turn by
 * one conditional write, 200 ms after the one before, and may go 600 ms before its time. Nobody polls, nobody starves.
 *
 * Takers go by the fastest clock that the item has shown them. So a clock that is ahead cannot block the rest; until they
 * know it, it may add as many calls as it is ahead, a burst at most each time, which Smokeball then answers with 429.
 */
export function tokenBucket(deps: TokenBucketDeps, pace = rateOfClient): TokenBucket {
  const views = new Map<string, View>()
  return {
    take(clientId, maxWaitMs, signal) {
      const view = views.get(clientId) ?? { aheadMs: 0, nextMs: 0 }
      views.set(clientId, view)
      return take(deps, { pk: `smokeball-api|${keyPart(clientId)}`, pace, view, maxWaitMs, signal })
    },
  }
}

/** What this process knows of a bucket. */
interface View {
  /** By how much the bucket's clock is ahead of this one's. */
  aheadMs: number
  nextMs: number
}

interface Take {
  pk: string
  pace: Pace
  view: View
  maxWaitMs: number
  signal: AbortSignal
}

async function take(deps: TokenBucketDeps, request: Take): Promise<Taken> {
  const { view, maxWaitMs, pace } = request
  const { spacingMs, burstMs } = pace
  for (let round = 0; round < maxRounds; round++) {
    const nowMs = bucketNow(deps, view)
    const isAtRest = view.nextMs <= nowMs
    const knownWaitMs = view.nextMs - burstMs - nowMs
    // Turns are only ever taken and never given back: what was too late stays too late.
    if (knownWaitMs > maxWaitMs) return { kind: 'full', waitMs: knownWaitMs }
    const { written, item } = await write(deps, request, nowMs, isAtRest)
    const turnMs = written && isAtRest ? nowMs : Number(item?.next?.N ?? 0)
    const atMs = Number(item?.at?.N ?? 0)
    view.aheadMs = Math.max(view.aheadMs, atMs - deps.now())
    view.nextMs = written || item ? Math.max(view.nextMs, turnMs + (written ? spacingMs : 0)) : 0
    if (written) return { kind: 'taken', waitMs: Math.max(turnMs - burstMs - bucketNow(deps, view), 0) }
  }
  return { kind: 'full', waitMs: spacingMs }
}

function bucketNow(deps: TokenBucketDeps, { aheadMs }: View): number {
  return deps.now() + aheadMs
}

/** Returns the item as it was before, or as it is if the condition failed. */
async function write(
  deps: TokenBucketDeps,
  { pk, pace, maxWaitMs, signal }: Take,
  nowMs: number,
  isAtRest: boolean,
): Promise<{ written: boolean; item: Record<string, AttributeValue> | undefined }> {
  const { row, spacingMs, burstMs } = pace
  const Key = { pk: { S: pk }, sk: { S: row } }
  const update = new UpdateItemCommand({
    TableName: deps.tableName,
    Key,
    ...(isAtRest
      ? {
          UpdateExpression: 'SET #next = :next, #at = :now',
          ConditionExpression: `${clauses.bucketIsNew} OR ${clauses.bucketIsAtRest}`,
          ExpressionAttributeValues: { ':now': ms(nowMs), ':next': ms(nowMs + spacingMs) },
        }
      : {
          UpdateExpression: 'SET #at = :now ADD #next :spacing',
          ConditionExpression: [
            clauses.turnsAreTaken,
            clauses.turnIsSoonEnough,
            clauses.clockIsNotBehind,
          ].join(' AND '),
          ExpressionAttributeValues: {
            ':now': ms(nowMs),
            ':spacing': ms(spacingMs),
            ':latest': ms(nowMs + burstMs + maxWaitMs),
            ':nowOrReordered': ms(nowMs + reorderedMs),
          },
        }),
    ExpressionAttributeNames: { '#next': 'next', '#at': 'at' },
    ReturnValues: 'ALL_OLD',
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  })
  try {
    return { written: true, item: (await deps.client.send(update, { abortSignal: signal })).Attributes }
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error
    if (error.Item) return { written: false, item: error.Item }
    // Some engines do not return the item of a failed condition.
    return { written: false, item: await getItem(deps, Key, signal) }
  }
}

function ms(value: number): AttributeValue {
  return { N: String(value) }
}

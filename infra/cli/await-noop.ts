import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb'
import type { Clock } from '../../shared/clock.ts'
import { resourceKey } from '../../shared/event-identity.ts'
import { feedShards } from '../../shared/event-item.ts'
import type { EventStatus } from '../../shared/ledger.ts'
import { pause } from '../../shared/smokeball-api/pause.ts'
import { table } from '../topology.ts'

export interface NoopDeps {
  dynamodb: Pick<DynamoDBClient, 'send'>
  tableName: string
  clock: Clock
}

/** A `noop` that came the whole way into the event table. */
export interface ArrivedNoop {
  status: EventStatus
  /** Of the key that it was signed with. */
  keyFingerprint: string
  /** From its notify call until it was seen. */
  ms: number
}

/** Clocks of this machine and of the receiver may differ by so much. */
const skewMs = 5 * 60_000
const askAgainMs = 500
/** A receiver that has just looked at a secret that was not complete looks at it again after ten seconds. */
const sendAgainMs = 12_000

/**
 * Has a `noop` sent by `notify`, once more after a while, and waits for it in the event table: it came from Smokeball
 * through the callback URL, receiver, queue and consumer. Undefined if it did not within `timeoutMs`. Throws what `notify`
 * and the table throw.
 */
export async function awaitNoop(
  deps: NoopDeps,
  of: { accountId: string; subscriptionId: string; timeoutMs: number; notify(): Promise<void> },
  signal: AbortSignal,
): Promise<ArrivedNoop | undefined> {
  const { clock } = deps
  const startEpochMs = clock.now()
  const before = new Set((await noops(deps, of, startEpochMs)).map(keyOf))
  let hasAskedTwice = false
  await of.notify()
  for (;;) {
    const [arrived] = (await noops(deps, of, startEpochMs)).filter((noop) => !before.has(keyOf(noop)))
    if (arrived) return { ...(await read(deps, arrived)), ms: clock.now() - startEpochMs }
    const tookMs = clock.now() - startEpochMs
    if (tookMs >= of.timeoutMs) return undefined
    if (tookMs >= sendAgainMs && !hasAskedTwice) {
      hasAskedTwice = true
      await of.notify()
    }
    await pause(clock, askAgainMs, signal)
  }
}

type Row = Record<string, AttributeValue>

/** Those of the subscription that came lately, from the feed. */
async function noops(
  { dynamodb, tableName }: NoopDeps,
  { accountId, subscriptionId }: { accountId: string; subscriptionId: string },
  startEpochMs: number,
): Promise<Row[]> {
  const { feed, partitionKey } = table
  const since = String(startEpochMs - skewMs).padStart(13, '0')
  const shards = Array.from({ length: feedShards }, async (_, shard) => {
    const query = new QueryCommand({
      TableName: tableName,
      IndexName: feed.indexName,
      KeyConditionExpression: '#shard = :shard AND #at >= :since',
      FilterExpression: '#type = :noop AND #subscription = :subscription AND begins_with(#pk, :account)',
      ExpressionAttributeNames: {
        ...{ '#shard': feed.partitionKey, '#at': feed.sortKey, '#pk': partitionKey },
        ...{ '#type': 'type', '#subscription': 'subscription' },
      },
      ExpressionAttributeValues: {
        ...{ ':shard': { S: String(shard) }, ':since': { S: since }, ':noop': { S: 'noop' } },
        ...{ ':subscription': { S: subscriptionId }, ':account': { S: resourceKey(accountId, 'noop', '') } },
      },
      // The newest first: it is on the first page, however much came meanwhile.
      ScanIndexForward: false,
    })
    return (await dynamodb.send(query)).Items ?? []
  })
  return (await Promise.all(shards)).flat()
}

function keyOf({ pk }: Row): string {
  return pk?.S ?? ''
}

async function read({ dynamodb, tableName }: NoopDeps, { pk, sk }: Row): Promise<Omit<ArrivedNoop, 'ms'>> {
  const get = new GetItemCommand({
    TableName: tableName,
    Key: { pk: pk ?? { S: '' }, sk: sk ?? { S: '' } },
    ConsistentRead: true,
  })
  const { Item } = await dynamodb.send(get)
  return { status: Item?.status?.S as EventStatus, keyFingerprint: Item?.key?.S ?? '' }
}

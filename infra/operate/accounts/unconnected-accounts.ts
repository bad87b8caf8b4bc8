import { type DynamoDBClient, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb'
import { readResourceKey } from '../../../shared/event/event-identity.ts'
import { feedAtOf, feedIndex, feedShards } from '../../../shared/ledger/event-item.ts'
import { connectedAccounts } from '../../../shared/smokeball-api/connected-accounts.ts'

/** An account whose events came in though it is not connected. */
export interface UnconnectedAccount {
  accountId: string
  /** How many, in the last 30 days. */
  events: number
}

export interface UnconnectedDeps {
  dynamodb: Pick<DynamoDBClient, 'send'>
  tableName: string
  /** Milliseconds since 1970. */
  now(): number
}

const lookedBackMs = 30 * 86_400_000

/**
 * Whose events of the last 30 days would not have been taken, had only those of connected accounts been; most events first.
 * Those of accounts that were removed are not asked about. Reads the feed, a page after the other. Throws what the table does.
 */
export async function unconnectedAccounts(
  { dynamodb: client, tableName, now }: UnconnectedDeps,
  signal: AbortSignal,
): Promise<UnconnectedAccount[]> {
  const since = feedAtOf(now() - lookedBackMs, '')
  const counts = new Map<string, number>()
  const count = async (shard: number) => {
    let next: QueryCommandOutput['LastEvaluatedKey']
    do {
      const query = new QueryCommand({
        ...{ TableName: tableName, IndexName: feedIndex.indexName, ProjectionExpression: 'pk' },
        KeyConditionExpression: '#shard = :shard AND #at >= :since',
        ExpressionAttributeNames: { '#shard': feedIndex.partitionKey, '#at': feedIndex.sortKey },
        ExpressionAttributeValues: { ':shard': { S: String(shard) }, ':since': { S: since } },
        ...(next && { ExclusiveStartKey: next }),
      })
      const page: QueryCommandOutput = await client.send(query, { abortSignal: signal })
      for (const { pk } of page.Items ?? []) {
        const { accountId } = readResourceKey(pk?.S ?? '')
        counts.set(accountId, (counts.get(accountId) ?? 0) + 1)
      }
      next = page.LastEvaluatedKey
    } while (next)
  }
  await Promise.all(Array.from({ length: feedShards }, (_, shard) => count(shard)))
  const stateOf = connectedAccounts({ client, tableName, now })
  const found: UnconnectedAccount[] = []
  for (const [accountId, events] of counts)
    if ((await stateOf(accountId, signal)) === 'unknown') found.push({ accountId, events })
  return found.sort((one, other) => other.events - one.events)
}

import { type DynamoDBClient, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb'
import { readResourceKey } from '../../shared/event/event-identity.ts'
import { feedAtOf, feedIndex, feedShards } from '../../shared/ledger/event-indexes.ts'
import { connectedAccounts } from '../../shared/smokeball-api/connected-accounts.ts'
import { accountsParameter } from '../settings/topology.ts'
import type { StackOutputs } from './stack-outputs.ts'

/** What a deployment does about events of accounts that are not connected. */
export interface AccountsSetting {
  /**
   * `chosen`: `infra/handlers.ts` says it. `kept`: it was on, and stays so. `on`: it is turned on, since the stack is new, or all
   * events of the last 30 days were of connected accounts. `off`: some were not, or nobody could tell. `unknown`: nobody knows
   * what the stack has, and that stays.
   */
  kind: 'chosen' | 'kept' | 'on' | 'off' | 'unknown'
  /** The accounts whose events came, where it is `off`. Undefined: they could not be told. */
  unconnected?: readonly UnconnectedAccount[] | undefined
}

export interface AccountsQuestion {
  /** What `infra/handlers.ts` says, if it does. */
  chosen: boolean | undefined
  /** The outputs of the stack. Undefined: there is no stack. Null: nobody knows. */
  before: StackOutputs | undefined | null
  /** The accounts whose events came though they are not connected. */
  unconnected(tableName: string): Promise<readonly UnconnectedAccount[]>
}

/**
 * Whether the stack is to take events of connected accounts alone. A new stack is. A stack that is older than this setting is,
 * if it would have turned nothing away. Does not throw: a deployment is not to fail for this.
 */
export async function accountsSetting(of: AccountsQuestion): Promise<AccountsSetting> {
  const { chosen, before } = of
  if (chosen !== undefined) return { kind: 'chosen' }
  if (before === null) return { kind: 'unknown' }
  if (before?.ConnectedAccountsOnly === 'true') return { kind: 'kept' }
  // A stack has outputs once a deployment has succeeded: without, no event has come yet.
  if (before?.TableName === undefined) return { kind: 'on' }
  const unconnected = await of.unconnected(before.TableName).catch(() => undefined)
  return unconnected?.length === 0 ? { kind: 'on' } : { kind: 'off', unconnected }
}

/**
 * The arguments for `cdk deploy`. Without them, CloudFormation keeps the value that the stack has; it has none where
 * `infra/handlers.ts` decided it until now.
 */
export function accountsArgs({ kind }: AccountsSetting): string[] {
  return kind === 'on' || kind === 'kept' ? ['--parameters', `${accountsParameter}=true`] : []
}

/** An account whose events came in though it is not connected. */
export interface UnconnectedAccount {
  accountId: string
  /** How many, in the last 30 days. */
  events: number
}

interface UnconnectedDeps {
  dynamodb: Pick<DynamoDBClient, 'send'>
  tableName: string
  /** Milliseconds since 1970. */
  now(): number
}

const lookedBackMs = 30 * 86_400_000

/**
 * The accounts whose events of the last 30 days would have been turned away, had only connected accounts been let in; the one
 * with most events first. Removed accounts do not count. Reads the feed page by page. Throws what the table does.
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
        TableName: tableName,
        IndexName: feedIndex.indexName,
        ProjectionExpression: 'pk',
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

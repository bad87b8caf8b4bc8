import { QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb'
import { isMarkOver, purgedAttribute, removedAccountsKey } from './account.ts'
import type { AccountState, ConnectedAccountsDeps } from './connected-accounts.ts'

/** Why the events of an account are not handled. */
export type TurnedAway = Exclude<AccountState, 'connected'>

type StateOf = (accountId: string, signal: AbortSignal) => Promise<AccountState>

/** Undefined: they are handled. Throws when the table fails. */
export type WhyTurnedAway = (accountId: string, signal: AbortSignal) => Promise<TurnedAway | undefined>

/** Events of connected accounts alone are handled. */
export function allButConnected(stateOf: StateOf): WhyTurnedAway {
  return async (accountId, signal) => {
    const state = await stateOf(accountId, signal)
    return state === 'connected' ? undefined : state
  }
}

const listKeptForMs = 5 * 60_000

/**
 * Events of all accounts are handled but of those that were purged, and not connected again since. Their list is read once a
 * process in five minutes, however many accounts there are.
 */
export function purgedAlone(deps: ConnectedAccountsDeps, stateOf: StateOf): WhyTurnedAway {
  let listed: { accounts: Promise<ReadonlySet<string>>; untilEpochMs: number } | undefined
  const list = (signal: AbortSignal) => {
    if (listed && deps.now() < listed.untilEpochMs) return listed.accounts
    const asked = { accounts: purgedAccounts(deps, signal), untilEpochMs: deps.now() + listKeptForMs }
    listed = asked
    asked.accounts.catch(() => {
      if (listed === asked) listed = undefined
    })
    return asked.accounts
  }
  return async (accountId, signal) => {
    if (!(await list(signal)).has(accountId)) return undefined
    return (await stateOf(accountId, signal)) === 'purged' ? 'purged' : undefined
  }
}

async function purgedAccounts(
  { client, tableName, now }: ConnectedAccountsDeps,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  let next: QueryCommandOutput['LastEvaluatedKey']
  do {
    const query = new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: '#pk = :pk',
      FilterExpression: 'attribute_exists(#purged)',
      ProjectionExpression: '#sk, #ttl',
      ExpressionAttributeNames: { '#pk': 'pk', '#sk': 'sk', '#ttl': 'ttl', '#purged': purgedAttribute },
      ExpressionAttributeValues: { ':pk': { S: removedAccountsKey } },
      ConsistentRead: true,
      ...(next && { ExclusiveStartKey: next }),
    })
    const page: QueryCommandOutput = await client.send(query, { abortSignal: signal })
    for (const mark of page.Items ?? []) if (!isMarkOver(mark, now())) found.add(mark.sk?.S ?? '')
    next = page.LastEvaluatedKey
  } while (next)
  return found
}

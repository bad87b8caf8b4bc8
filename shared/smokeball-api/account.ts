import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Item } from '../ledger/ledger-item.ts'

/** Whether a text can be an account id. They are opaque, but go into paths and keys: no spaces, no dots alone, not endless. */
export function isAccountId(text: string): boolean {
  return /^[\x21-\x7e]{1,200}$/.test(text) && !/^\.{1,2}$/.test(text)
}

/** Stands for no firm: it takes a subscription for system events only. */
export const systemAccountId = '00000000-0000-0000-0000-000000000000'

/** The partition that all accounts are in. It is no resource's, since each resource key has a `|` in it. */
export const accountsKey = 'smokeball-accounts'

/** The partition of the marks that removed accounts leave behind. */
export const removedAccountsKey = 'smokeball-removed-accounts'

/** What the last look at an account's subscription came to. */
export interface Check {
  outcome: 'unchanged' | 'created' | 'updated' | 'repaired' | 'failed'
  atEpochMs: number
  /** Why it failed. */
  problem?: string
}

/** A subscription as it was when it was last made, or last found right. */
export interface KeptSubscription {
  id: string
  url: string
  eventTypes: readonly string[]
  /** First 8 hex digits of the SHA-256 of its key, which the API does not tell. */
  keyFingerprint: string
  /** The URL was chosen for this account, such as a tunnel's, and is not the deployment's own. */
  isChosenUrl?: true
}

/** A firm that is connected, or the system account. */
export interface Account {
  accountId: string
  addedEpochMs: number
  /** Whether it is reached with its own refresh token, and not with the client's credentials. */
  hasRefreshToken: boolean
  subscription: KeptSubscription | undefined
  lastCheck: Check | undefined
}

export function accountKey(accountId: string): Item {
  return { pk: { S: accountsKey }, sk: { S: accountId } }
}

/**
 * The mark of a removed account. It stays for 45 days, since the queues may hold the account's last events for long. It has
 * a partition of its own, so that nothing that lists or adds accounts meets it.
 */
export function removedAccountKey(accountId: string): Item {
  return { pk: { S: removedAccountsKey }, sk: { S: accountId } }
}

export const removedAccountKeptMs = 45 * 86_400_000

/**
 * The attribute of the mark that says when a purge began (milliseconds since 1970): from then on, nothing that comes of the
 * account is recorded.
 */
export const purgedAttribute = 'purged'

/** DynamoDB deletes what has expired within days, and not at once. */
export function isMarkOver(mark: Item, nowEpochMs: number): boolean {
  return Number(mark.ttl?.N ?? 0) * 1000 <= nowEpochMs
}

export function readAccount(item: Item): Account {
  return {
    accountId: item.sk?.S ?? '',
    addedEpochMs: Number(item.added?.N ?? 0),
    hasRefreshToken: item.token !== undefined,
    subscription: readSubscription(item.subscription?.M),
    lastCheck: readCheck(item.check?.M),
  }
}

export function writeSubscription(subscription: KeptSubscription): AttributeValue {
  const { id, url, eventTypes, keyFingerprint, isChosenUrl } = subscription
  return {
    M: {
      id: { S: id },
      url: { S: url },
      key: { S: keyFingerprint },
      types: { L: eventTypes.map((type) => ({ S: type })) },
      ...(isChosenUrl && { chosen: { BOOL: true } }),
    },
  }
}

export function writeCheck({ outcome, atEpochMs, problem }: Check): AttributeValue {
  return {
    M: {
      o: { S: outcome },
      at: { N: String(atEpochMs) },
      ...(problem !== undefined && { problem: { S: problem.slice(0, 1_000).toWellFormed() } }),
    },
  }
}

function readSubscription(stored: Item | undefined): KeptSubscription | undefined {
  return (
    stored && {
      id: stored.id?.S ?? '',
      url: stored.url?.S ?? '',
      keyFingerprint: stored.key?.S ?? '',
      eventTypes: (stored.types?.L ?? []).flatMap(({ S }) => (S === undefined ? [] : [S])),
      ...(stored.chosen?.BOOL && { isChosenUrl: true as const }),
    }
  )
}

function readCheck(stored: Item | undefined): Check | undefined {
  return (
    stored && {
      outcome: stored.o?.S as Check['outcome'],
      atEpochMs: Number(stored.at?.N ?? 0),
      ...(stored.problem?.S !== undefined && { problem: stored.problem.S }),
    }
  )
}

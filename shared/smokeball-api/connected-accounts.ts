import { type EventTableDeps, getItem } from '../ledger/event-table.ts'
import {
  accountKey,
  isAccountId,
  isMarkOver,
  purgedAttribute,
  removedAccountKey,
  systemAccountId,
} from './account.ts'

/** `removed`: it was connected within the last 45 days. `purged`: what was kept of it has been deleted within that time, too. */
export type AccountState = 'connected' | 'removed' | 'purged' | 'unknown'

export interface ConnectedAccountsDeps extends EventTableDeps {
  /** Milliseconds since 1970. */
  now(): number
}

/** Nearly every event comes from a connected account, and then costs no read. */
const connectedForMs = 5 * 60_000
/** The events of an account that was just connected are taken after so long at the latest. */
const otherForMs = 2_000
/** More are not remembered, since anybody with one signed header can make accounts up. */
const mostKept = 1_000

interface Known {
  state: Promise<AccountState>
  untilEpochMs: number
}

/**
 * Tells whether an account is connected, by the registry of accounts: an answer is kept for five minutes, that it is not for
 * two seconds. System events are of no firm, and always taken. Throws when the table fails.
 */
export function connectedAccounts(
  deps: ConnectedAccountsDeps,
): (accountId: string, signal: AbortSignal) => Promise<AccountState> {
  const known = new Map<string, Known>()
  const ask = (accountId: string, signal: AbortSignal): Promise<AccountState> => {
    const asked: Known = { state: readState(deps, accountId, signal), untilEpochMs: Number.POSITIVE_INFINITY }
    known.delete(accountId)
    known.set(accountId, asked)
    for (const oldest of known.keys()) {
      if (known.size <= mostKept) break
      known.delete(oldest)
    }
    return asked.state.then(
      (state) => {
        asked.untilEpochMs = deps.now() + (state === 'connected' ? connectedForMs : otherForMs)
        return state
      },
      (error) => {
        asked.untilEpochMs = 0
        throw error
      },
    )
  }
  return async (accountId, signal) => {
    if (accountId === systemAccountId) return 'connected'
    // Any other text cannot be an account's key, so nothing of that name is connected.
    if (!isAccountId(accountId)) return 'unknown'
    const kept = known.get(accountId)
    return kept && deps.now() < kept.untilEpochMs ? kept.state : ask(accountId, signal)
  }
}

async function readState(
  deps: ConnectedAccountsDeps,
  accountId: string,
  signal: AbortSignal,
): Promise<AccountState> {
  if ((await getItem(deps, accountKey(accountId), signal, ['added']))?.added) return 'connected'
  const mark = await getItem(deps, removedAccountKey(accountId), signal, ['ttl', purgedAttribute])
  if (!mark || isMarkOver(mark, deps.now())) return 'unknown'
  return mark[purgedAttribute] ? 'purged' : 'removed'
}

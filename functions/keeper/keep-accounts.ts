import { encodePart } from '../../shared/event/event-identity.ts'
import { canonicalLine } from '../../shared/runtime/canonical-line.ts'
import type { Log } from '../../shared/runtime/json-log.ts'
import { isCredentialsProblem } from '../../shared/smokeball-api/api-errors.ts'
import type { CallContext } from '../../shared/smokeball-api/smokeball-api.ts'
import {
  type EnsuredSubscription,
  NothingToSubscribe,
} from '../../shared/subscriptions/ensure-subscription.ts'
import {
  AccountNotConnected,
  type KeepDeps,
  keepSubscription,
} from '../../shared/subscriptions/keep-subscription.ts'

export interface KeepAccountsDeps extends KeepDeps {
  log: Log
  /** Text of an error, without secrets. */
  describe(thrown: unknown): string
}

/** What became of an account's subscription. */
export interface KeptAccount {
  accountId: string
  outcome: EnsuredSubscription['outcome'] | 'failed'
  subscriptionId?: string
  eventTypes?: readonly string[]
  /** Ids of further subscriptions of the same URL: for each of them, every event is delivered once more. */
  duplicates?: readonly string[]
  /** Why it failed, and what to do. */
  problem?: string
}

/** Some accounts could not be looked after, for a reason that may pass: the invocation fails, and Lambda tries it again. */
export class AccountsNotKept extends Error {
  readonly code = 'ACCOUNTS_NOT_KEPT'

  constructor(failed: readonly KeptAccount[], all: number) {
    super(
      `${failed.length} of ${all} accounts could not be looked after: ${failed[0]?.accountId}: ${failed[0]?.problem}`,
    )
    this.name = 'AccountsNotKept'
  }
}

/** No account is begun with less time left: it would fail for that alone, and still count as looked at just now. */
const leastMs = 5_000

/**
 * Looks after all connected accounts, beginning with those that were looked at longest ago; one that fails does not stop the
 * others. Accounts that there is no time left for come first in the next run. Throws `AccountsNotKept` if some failed for reasons
 * that may pass, after all had their turn.
 */
export async function keepAccounts(
  deps: KeepAccountsDeps,
  limit: CallContext['limit'],
): Promise<KeptAccount[]> {
  const accounts = await deps.access.accounts.list(limit.signal)
  accounts.sort((a, b) => (a.lastCheck?.atEpochMs ?? 0) - (b.lastCheck?.atEpochMs ?? 0))
  const kept: { account: KeptAccount; mayPass: boolean }[] = []
  for (const { accountId } of accounts) {
    if (deps.clock.now() + leastMs > limit.signalEpochMs) {
      const problem = 'There was no time left for it. It is among the first of the next run.'
      kept.push({ account: { accountId, outcome: 'failed', problem }, mayPass: true })
      continue
    }
    try {
      kept.push({ account: await keepAccount(deps, accountId, limit), mayPass: false })
    } catch (error) {
      // The account was removed since they were listed.
      if (error instanceof AccountNotConnected) continue
      const account: KeptAccount = { accountId, outcome: 'failed', problem: deps.describe(error) }
      const mayPass = !isCredentialsProblem(error) && !(error instanceof NothingToSubscribe)
      kept.push({ account, mayPass })
    }
  }
  const passing = kept.filter(({ mayPass }) => mayPass).map(({ account }) => account)
  if (passing.length > 0) throw new AccountsNotKept(passing, kept.length)
  return kept.map(({ account }) => account)
}

/** Looks after one connected account, and writes its line. Throws what `keepSubscription` throws. */
export async function keepAccount(
  deps: KeepAccountsDeps,
  accountId: string,
  limit: CallContext['limit'],
): Promise<KeptAccount> {
  const startEpochMs = deps.clock.now()
  const line = (subscription: string, why?: string) =>
    deps.log(
      'info',
      canonicalLine({
        subscription,
        account: encodePart(accountId),
        why,
        ms: deps.clock.now() - startEpochMs,
      }),
    )
  try {
    const { outcome, subscription, differences, duplicates } = await keepSubscription(deps, accountId, limit)
    line(outcome)
    if (outcome === 'repaired')
      deps.log('warn', { warning: 'subscription repaired', account: accountId, differences })
    if (duplicates.length > 0)
      deps.log('warn', { warning: 'further subscriptions of this URL', account: accountId, duplicates })
    const { id: subscriptionId, eventTypes } = subscription
    return { accountId, outcome, subscriptionId, eventTypes, ...(duplicates.length > 0 && { duplicates }) }
  } catch (error) {
    if (error instanceof AccountNotConnected) throw error
    line('failed', isCredentialsProblem(error) ? 'credentials' : 'other')
    deps.log('error', { failure: 'keeper', account: accountId, error: deps.describe(error) })
    throw error
  }
}

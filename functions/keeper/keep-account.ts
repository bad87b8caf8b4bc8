import { encodePart } from '../../shared/event/event-identity.ts'
import { canonicalLine } from '../../shared/runtime/canonical-line.ts'
import type { Log } from '../../shared/runtime/json-log.ts'
import { isCredentialsProblem } from '../../shared/smokeball-api/api-errors.ts'
import type { CallContext } from '../../shared/smokeball-api/smokeball-api.ts'
import type { EnsuredSubscription } from '../../shared/subscriptions/ensure-subscription.ts'
import {
  AccountNotConnected,
  type KeepDeps,
  type KeptResult,
  keepSubscription,
} from '../../shared/subscriptions/keep-subscription.ts'
import type { UrlProblem } from '../../shared/subscriptions/url-problem.ts'

export interface KeepAccountDeps extends KeepDeps {
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
  /** Why it does not have the callback URL yet: that one does not answer. */
  waits?: UrlProblem
  /** Why it failed, and what to do. */
  problem?: string
}

/** Looks after one connected account, and writes its line. Throws what `keepSubscription` throws. */
export function keepAccount(
  deps: KeepAccountDeps,
  accountId: string,
  limit: CallContext['limit'],
): Promise<KeptAccount> {
  return tellOf<never>(deps, accountId, () => keepSubscription(deps, accountId, limit))
}

/** Writes the line of a look at an account, unless that is left out: then it is known only why. Throws what `look` throws. */
export async function tellOf<LeftOut extends string>(
  deps: KeepAccountDeps,
  accountId: string,
  look: () => Promise<KeptResult | LeftOut>,
): Promise<KeptAccount | LeftOut> {
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
    const ensured = await look()
    if (typeof ensured === 'string') return ensured
    const { outcome, subscription, differences, duplicates, waits } = ensured
    line(outcome)
    if (outcome === 'repaired')
      deps.log('warn', { warning: 'subscription repaired', account: accountId, differences })
    if (duplicates.length > 0)
      deps.log('warn', { warning: 'further subscriptions of this URL', account: accountId, duplicates })
    if (waits)
      deps.log('warn', {
        warning: 'callback URL not answered',
        account: accountId,
        url: subscription.url,
        waits,
      })
    const { id: subscriptionId, eventTypes } = subscription
    return {
      accountId,
      outcome,
      subscriptionId,
      eventTypes,
      ...(duplicates.length > 0 && { duplicates }),
      ...(waits && { waits }),
    }
  } catch (error) {
    if (error instanceof AccountNotConnected) throw error
    line('failed', isCredentialsProblem(error) ? 'credentials' : 'other')
    deps.log('error', { failure: 'keeper', account: accountId, error: deps.describe(error) })
    throw error
  }
}

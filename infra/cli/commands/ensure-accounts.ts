import type { EnsuredSubscription } from '../../../shared/subscriptions/ensure-subscription.ts'
import { type KeepOptions, keepSubscription } from '../../../shared/subscriptions/keep-subscription.ts'
import { callLimit } from '../../operate/call-limit.ts'
import { eachAccount, type OfAccount } from './each-account.ts'
import type { Run } from './on-deployment.ts'

/** Sees to the subscription of each account, and tells of each what was found and done. */
export function ensureAccounts(
  run: Run,
  accountIds: readonly string[],
  options: KeepOptions,
): Promise<OfAccount<EnsuredSubscription>[]> {
  return eachAccount(run, accountIds, async (accountId) => {
    const ensured = await keepSubscription(run.deps, accountId, callLimit(), options)
    tell(run, accountId, ensured)
    return ensured
  })
}

const done = {
  unchanged: 'is right',
  created: 'was created',
  updated: 'was updated',
  repaired: 'was repaired',
} as const

function tell({ out, next }: Run, accountId: string, ensured: EnsuredSubscription): void {
  const { outcome, subscription, differences, duplicates, removed, leftOut } = ensured
  const { id, eventTypes } = subscription
  const why = differences.length > 0 && outcome !== 'created' ? ` (${differences.join(', ')})` : ''
  out.say(`${accountId}: subscription ${id} ${done[outcome]}${why}: ${eventTypes.join(', ')}`)
  if (removed.length > 0)
    out.say(`${accountId}: further subscriptions of this URL were deleted: ${removed.join(', ')}`)
  if (leftOut.length > 0)
    out.warn(`${accountId}: left out, since Smokeball does not offer it: ${leftOut.join(', ')}`)
  if (duplicates.length > 0)
    out.warn(
      `${accountId}: each event comes once more for each further subscription of this URL: ${duplicates.join(', ')}. Delete ` +
        `them: ${next({ command: 'subscriptions ensure', options: { 'remove-duplicates': true } })}`,
    )
}

import { wantedTypes } from '../../../shared/subscriptions/wanted-types.ts'
import { didYouMean } from '../../smokeball/unlisted-types.ts'
import { NotUnderstood } from '../../terminal/not-understood.ts'
import { UsageError } from '../../terminal/usage-error.ts'
import type { Run } from './on-deployment.ts'

/** What may be said of a subscription. */
export interface SubscriptionOptions {
  account?: string
  types?: string
  name?: string
  url?: string
}

/** `--types a,b`, or undefined. Throws `NotUnderstood` when it names none. */
export function patternsOf({ types }: SubscriptionOptions): string[] | undefined {
  if (types === undefined) return undefined
  const patterns = types.split(/[\s,]+/).filter(Boolean)
  if (patterns.length > 0) return patterns
  throw new NotUnderstood('--types names no event type: --types matter.updated,contact.*')
}

/**
 * The types on offer that patterns stand for, else those that the handlers want. Throws `UsageError` for a pattern that was
 * named and stands for none.
 */
export function expanded(
  { deps }: Run,
  accountId: string,
  patterns: readonly string[] | undefined,
  offered: readonly string[],
): string[] {
  const { types, leftOut } = wantedTypes(accountId, patterns ?? deps.patterns, offered)
  const [first] = leftOut
  if (patterns && first !== undefined)
    throw new UsageError(`Smokeball does not offer '${first}' to this account.${didYouMean(first, offered)}`)
  if (types.length > 0) return types
  throw new UsageError('No event type is left to subscribe to: name some with --types matter.updated')
}

/** Tells that the keeper undoes what differs from the handlers' wishes, where it does. */
export function warnOfKeeper(
  { deps, out, deployment }: Run,
  url: string,
  patterns: string[] | undefined,
): void {
  if (deployment.isLocal || patterns === undefined || url !== deps.callbackUrl) return
  const isSame = deps.patterns.toSorted().join() === patterns.toSorted().join()
  if (!isSame)
    out.warn(
      'The keeper of this deployment looks at its subscription every hour, and gives it the types that the handlers ask for.',
    )
}

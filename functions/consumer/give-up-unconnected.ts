import { unconnected, wasUnconnected } from '../../shared/event/outcomes.ts'
import type { TimeLimit } from '../../shared/runtime/time-limit.ts'
import type { AccountState } from '../../shared/smokeball-api/connected-accounts.ts'
import { claimApart } from './claim-apart.ts'
import { conclude } from './conclude.ts'
import type { Opened } from './open-message.ts'
import { type ProcessDeps, type Processed, processedEvent } from './process-event.ts'
import type { ReceivedMessage } from './sqs-batch.ts'
import type { Verdict } from './verdict.ts'

/**
 * Why an event is not to be handled: its account is not connected. Undefined if it is, if events of all accounts are taken, or
 * if the event was taken while the account was connected: that one goes on to its end. Throws when the store fails.
 */
export async function whyUnconnected(
  { accountStateOf, ledger }: ProcessDeps,
  { envelope, retry }: Opened,
  signal: AbortSignal,
): Promise<Exclude<AccountState, 'connected'> | undefined> {
  if (!accountStateOf || retry) return undefined
  const state = await accountStateOf(envelope.accountId, signal)
  if (state === 'connected') return undefined
  const event = await ledger.read(envelope, signal)
  const wasTaken = event !== undefined && !event.isUnread && !wasUnconnected(event)
  return wasTaken ? undefined : state
}

/**
 * Gives an event up, unhandled, whose account is not connected. It becomes a dead letter, which can be sent back once the
 * account is connected; one of an account that was removed is only recorded, as dropped: its last events are still under way,
 * and nobody is to be woken for them. Nothing is entered in the ledger as seen. Throws as `processEvent` does.
 */
export async function giveUpUnconnected(
  deps: ProcessDeps,
  message: ReceivedMessage,
  opened: Opened,
  state: Exclude<AccountState, 'connected'>,
  limit: TimeLimit,
): Promise<Processed> {
  const claim = await claimApart(deps, message, opened, limit)
  const event = processedEvent(opened)
  if (claim.kind === 'busy') return { outcome: 'busy', retryAtEpochMs: claim.untilEpochMs, event }
  if (!('fence' in claim)) return { outcome: claim.kind, event }
  const verdict: Verdict<'dropped' | 'dead-lettered'> =
    state === 'removed'
      ? { status: 'dropped', reason: unconnected.removed }
      : { status: 'dead-lettered', reason: unconnected.unknown }
  const work = { message, opened, claim, origin: undefined, retryDueEpochMs: undefined, limit, verdict }
  return conclude(deps, work, claim.previous?.handlers ?? {})
}

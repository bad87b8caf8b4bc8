import { isCredentialsProblem } from '../../shared/smokeball-api/api-errors.ts'
import type { CallContext } from '../../shared/smokeball-api/smokeball-api.ts'
import { AccountNotConnected } from '../../shared/subscriptions/keep-subscription.ts'
import { proveRefreshToken } from '../../shared/subscriptions/prove-refresh-token.ts'
import { type BringInDeps, type BroughtIn, bringIn } from './bring-in.ts'
import { type CatchUpDeps, type CaughtUp, catchUp } from './catch-up.ts'
import { type KeepAccountDeps, type KeptAccount, keepAccount } from './keep-account.ts'
import { type KeptAccounts, keepAccounts } from './keep-accounts.ts'
import {
  InvalidKeeperRequest,
  type KeeperRequest,
  readKeeperRequest,
  type ScheduledRun,
} from './keeper-request.ts'
import { type ResendDeps, resendOverdue } from './resend-overdue.ts'

export interface KeeperDeps extends KeepAccountDeps {
  resend: Omit<ResendDeps, 'log' | 'clock'>
  bringIn: Omit<BringInDeps, 'log' | 'clock' | 'describe'>
  /** Undefined: lists are never walked here. */
  catchUp:
    | Omit<CatchUpDeps, 'api' | 'accounts' | 'aside' | 'patterns' | 'log' | 'clock' | 'describe'>
    | undefined
}

/** `left`: how many accounts there was no time for. They come first in the next run. */
type AllAccounts = { accounts: KeptAccount[]; left?: number }

export type KeeperAnswer =
  | AllAccounts
  | KeptAccount
  | BroughtIn
  | CaughtUp
  | { noted: 'losses' }
  | { requestId: string }

/** A run that brings in what was put aside ends before the next one begins, whatever the function's time limit is. */
const bringInMs = 295_000

/**
 * One invocation: by the schedules, for all accounts, or for what was put aside; by an alarm that tells of losses; by the user's
 * backend, to connect an account or to record a write. Throws `InvalidKeeperRequest`, `AccountsNotKept`, `KeeperTooSlow`, and for one
 * account what `keepSubscription` throws.
 */
export async function keep(
  deps: KeeperDeps,
  event: unknown,
  limit: CallContext['limit'],
): Promise<KeeperAnswer> {
  const request = readKeeperRequest(event)
  switch (request.kind) {
    case 'all': {
      const { accounts, left } = await keepAll(deps, limit, request.schedule)
      return { accounts, ...(left > 0 && { left }) }
    }
    case 'bring-in': {
      const signalEpochMs = Math.min(limit.signalEpochMs, deps.clock.now() + bringInMs)
      return bringIn({ ...deps, ...deps.bringIn }, { ...limit, signalEpochMs })
    }
    case 'catch-up':
      return lookForChanges(deps, limit)
    case 'losses':
      await walking(deps).walks.noteLoss(limit.signal)
      return { noted: 'losses' }
    case 'account':
      return connect(deps, request, limit)
    case 'write': {
      const { accountId, ...write } = request.write
      return { requestId: await deps.access.api.recordWrite(accountId, write, { limit }) }
    }
    default:
      return unreachable(request)
  }
}

/**
 * Sends again what is overdue, and looks after the accounts. If one of them fails, the other is still done; if both do, a line
 * tells of the first.
 */
async function keepAll(
  deps: KeeperDeps,
  limit: CallContext['limit'],
  schedule: ScheduledRun | undefined,
): Promise<KeptAccounts> {
  const access = { ...deps.access, api: deps.access.background }
  const [resent, kept] = await Promise.allSettled([
    resendOverdue({ ...deps, ...deps.resend }, limit.signal),
    keepAccounts({ ...deps, access }, limit, schedule),
  ])
  if (kept.status === 'fulfilled' && resent.status === 'fulfilled') return kept.value
  if (kept.status === 'fulfilled') throw (resent as PromiseRejectedResult).reason
  if (resent.status === 'rejected')
    deps.log('error', { failure: 'resend', error: deps.describe(resent.reason) })
  throw kept.reason
}

async function lookForChanges(deps: KeeperDeps, limit: CallContext['limit']): Promise<CaughtUp> {
  const { aside } = deps.bringIn
  const { background: api, accounts } = deps.access
  return catchUp({ ...deps, ...walking(deps), api, accounts, aside }, limit)
}

function walking({ catchUp: parts }: KeeperDeps): NonNullable<KeeperDeps['catchUp']> {
  if (parts) return parts
  throw new InvalidKeeperRequest('The setting `catchUp` is off.')
}

async function connect(
  deps: KeeperDeps,
  { accountId, refreshToken }: Extract<KeeperRequest, { kind: 'account' }>,
  limit: CallContext['limit'],
): Promise<KeptAccount> {
  if (refreshToken !== undefined) return connectBy(deps, accountId, refreshToken, limit)
  await deps.access.accounts.add(accountId, limit.signal)
  return keepAccount(deps, accountId, limit)
}

/**
 * Connects an account by a refresh token that is proven first: if it does not work, or is another firm's, the account stays
 * connected as it was. The subscription that is made with the token shows at the latest whose it is.
 */
async function connectBy(
  deps: KeeperDeps,
  accountId: string,
  refreshToken: string,
  limit: CallContext['limit'],
): Promise<KeptAccount> {
  const token = await deps.access.candidate(accountId, refreshToken)
  await proveRefreshToken(token, accountId, limit)
  const keepByIt = () =>
    keepAccount({ ...deps, access: { ...deps.access, api: token.api } }, accountId, limit)
  const [kept] = await Promise.allSettled([keepByIt()])
  const failure: unknown = kept.status === 'rejected' ? kept.reason : undefined
  if (isCredentialsProblem(failure)) throw failure
  await token.store()
  if (kept.status === 'fulfilled') return kept.value
  // The account is new, so the token has replaced nothing.
  if (failure instanceof AccountNotConnected) return keepByIt()
  throw failure
}

function unreachable(request: never): never {
  throw new Error(`Unknown request: ${(request as KeeperRequest).kind}`)
}
